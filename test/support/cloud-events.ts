import type { IncomingHttpHeaders } from 'node:http';

/** The event inside an arrival. */
export type ArrivedEvent = Readonly<Record<string, unknown>>;

/** Reads a request as the CloudEvents HTTP binding tells a receiver to: the media type says the mode. */
export function readEvents(headers: IncomingHttpHeaders, body: string): ArrivedEvent[] {
  if (headers['ce-specversion'] !== undefined) return [readBinary(headers, body)];
  const read = JSON.parse(body) as ArrivedEvent | ArrivedEvent[];
  if (Array.isArray(read)) return read;
  return [typeof read['text'] === 'string' ? (JSON.parse(read['text']) as ArrivedEvent) : read];
}

function readBinary(headers: IncomingHttpHeaders, body: string): ArrivedEvent {
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value]) => [name.slice('ce-'.length), decodeURIComponent(String(value))]);
  const data = body === '' ? {} : { data: JSON.parse(body) as unknown };
  return { ...Object.fromEntries(attributes), ...data };
}
