import { partsOf } from '../lib/json-parts.ts';

/** What a request carries for its events: the body, and the headers that say how to read it. */
export interface Content {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Bytes of all attributes beyond which receivers may refuse the head of a request: many take 8 KiB, with ours in it. */
const HEAD_MOST = 6 * 1024;

/** Printable ASCII: what a header carries as it is. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * An event in binary mode (CloudEvents 1.0, HTTP protocol binding §3.1): attributes as `ce-` headers, the data as the
 * body under its own media type. Undefined when the attributes do not fit into headers; the event then goes in
 * structured mode, which receivers tell apart by the media type.
 */
export function toBinary(event: string): Content | undefined {
  const { data, data_base64: base64, datacontenttype: type, ...attributes } = JSON.parse(event) as Members;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes))
    if (value !== null) headers[`ce-${name}`] = toHeader(String(value));
  const body = bodyOf(event, { data, base64, type });
  const mediaType = type ?? (body.length > 0 ? 'application/json' : undefined);
  if (mediaType !== undefined) headers['content-type'] = String(mediaType);
  return fits(headers) ? { headers, body } : undefined;
}

/** What an event of the log has: its attributes are of these types, only its data may be anything. */
type Members = Readonly<Record<string, Member>>;
type Member = string | number | boolean | null;

function fits(headers: Readonly<Record<string, string>>): boolean {
  if (!PLAIN.test(headers['content-type'] ?? '')) return false;
  const lines = Object.entries(headers).map(([name, value]) => name.length + value.length + ': \r\n'.length);
  return lines.reduce((sum, length) => sum + length, 0) <= HEAD_MOST;
}

/** Percent-encodes what is no printable ASCII, and space, quotation mark and percent sign (§3.1.3.2). */
function toHeader(value: string): string {
  return value.replace(/[^\x21-\x7e]|["%]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}

interface Data {
  readonly data: unknown;
  readonly base64: unknown;
  /** Media type. */
  readonly type: Member | undefined;
}

/** JSON as it was written; of another type a text is itself, and base64 is bytes (JSON format §3.1). */
function bodyOf(event: string, { data, base64, type }: Data): string | Uint8Array {
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64');
  if (data === undefined || data === null) return '';
  const isJson = /^[^;]*[/+]json\s*(;|$)/i.test(String(type ?? 'application/json'));
  if (typeof data === 'string' && !isJson) return data;
  return partsOf(event).find(({ name }) => name === 'data')?.text ?? '';
}
