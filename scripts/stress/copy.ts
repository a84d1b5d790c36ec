import type pg from 'pg';
import type { EventDraft } from '../../src/events/event.ts';

/** The columns that an append writes; the rest has its defaults. */
const COLUMNS = [
  ...['position', 'audience', 'owner', 'change', 'dialog_sequence', 'type', 'resource', 'resource_instance'],
  ...['subject', 'source', 'id', 'time', 'bytes', 'trace'],
];
/** Bytes that are sent at a time. */
const CHUNK = 1 << 20;

// As an append does it, and in its order: where the sequence stands, the lock on that, the numbers.
const LOCK = 'SELECT pg_advisory_xact_lock_shared(append_lock(last_value)) FROM event_position';
const DRAW = `SELECT nextval('event_position')::float8 AS position FROM generate_series(1, $1)`;

/**
 * Appends events by COPY, in one transaction: what is in the log then is what `append_events` would have put there, and
 * readers under way see it in the same way.
 */
export async function copyEvents(client: pg.Client, events: readonly EventDraft[]): Promise<void> {
  await client.query('BEGIN');
  await client.query(LOCK);
  const { rows } = await client.query<{ position: number }>(DRAW, [events.length]);
  const lines = events.map((event, index) => lineOf(rows[index]!.position, event));
  await copyIn(client, `COPY event (${COLUMNS.join(', ')}) FROM STDIN`, lines);
  await client.query('COMMIT');
}

function lineOf(position: number, event: EventDraft): string {
  const { audience, owner, change, dialogSequence, type, resource, resourceInstance } = event;
  const values = [
    ...[position, audience, owner, change, dialogSequence, type, resource, resourceInstance],
    ...[event.subject, event.source, event.id, event.time, event.bytes, event.trace],
  ];
  return `${values.map(fieldOf).join('\t')}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** A value in COPY's text format. */
function fieldOf(value: string | number | null): string {
  if (value === null) return '\\N';
  return String(value).replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!);
}

/** What the client's connection can do and its types do not say. */
interface Wire {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** Sends the lines to a COPY FROM STDIN. */
function copyIn(client: pg.Client, text: string, lines: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let fault: Error | undefined;
    const copy = {
      submit: (wire: Wire) => wire.query(text),
      handleCopyInResponse: (wire: Wire) => {
        for (const chunk of chunksOf(lines)) wire.sendCopyFromChunk(chunk);
        wire.endCopyFrom();
      },
      handleCommandComplete: () => undefined,
      handleError: (error: Error) => {
        fault = error;
        reject(error);
      },
      handleReadyForQuery: () => {
        if (!fault) resolve();
      },
    };
    client.query(copy as unknown as pg.Submittable);
  });
}

function* chunksOf(lines: readonly string[]): Iterable<Buffer> {
  let part: string[] = [];
  let length = 0;
  for (const line of lines) {
    part.push(line);
    length += line.length;
    if (length < CHUNK) continue;
    yield Buffer.from(part.join(''));
    part = [];
    length = 0;
  }
  if (part.length > 0) yield Buffer.from(part.join(''));
}
