import type { IncomingHttpHeaders } from 'node:http';

/** An event that a request carried: its id, and its text, which in binary mode is what `digestible` makes of it. */
export interface Carried {
  readonly id: string;
  readonly text: string;
}

/**
 * The events of a request, read by what the specifications of CloudEvents say: one in structured mode, one whose
 * attributes are headers, or several in a batch.
 */
export function carriedBy(headers: IncomingHttpHeaders, body: Buffer): Carried[] {
  if (headers['ce-id'] !== undefined) return [fromBinary(headers, body)];
  const text = body.toString();
  const texts = text.startsWith('[') ? itemsOf(text) : [text];
  return texts.map((one) => ({ id: (JSON.parse(one) as { id: string }).id, text: one }));
}

/** What two events have in common that say the same, one in JSON and one in headers, which know of texts only. */
export function digestible(event: Readonly<Record<string, unknown>>): string {
  const { data = null, datacontenttype: _, ...attributes } = event;
  const texts = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, String(value)] as const);
  return JSON.stringify([...texts.toSorted(([one], [other]) => (one < other ? -1 : 1)), data]);
}

function fromBinary(headers: IncomingHttpHeaders, body: Buffer): Carried {
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value]) => [name.slice('ce-'.length), decodeURIComponent(String(value))]);
  const data: unknown = body.length === 0 ? null : JSON.parse(body.toString());
  const event = { ...(Object.fromEntries(attributes) as Record<string, string>), data };
  return { id: String(headers['ce-id']), text: digestible(event) };
}

/** The texts of the objects in a JSON array, to the byte. */
function itemsOf(array: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: token, index } of array.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token === '{' && depth++ === 0) from = index;
    if (token === '}' && --depth === 0) items.push(array.slice(from, index + 1));
  }
  return items;
}
