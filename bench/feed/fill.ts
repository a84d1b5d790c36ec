import { type Database, sql } from '../../src/db/database.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { appendAndCommit } from '../../src/events/queries.ts';

export const FEW = 10_000;
export const MANY = 10_000_000;
/** One event in so many is of each service resource, and about each party. */
export const RESOURCES = 50;
export const SUBJECTS: Readonly<Record<number, number>> = { [FEW]: 100, [MANY]: 10_000 };
/** Events of each dialog. */
const OF_DIALOG = 5;
/** Rows of one statement. */
const BATCH = 200_000;

export const resourceOf = (number: number) => `urn:altinn:resource:bench-${number}`;
export const subjectOf = (number: number) =>
  `urn:altinn:organization:identifier-no:${String(310_000_000 + number)}`;

/** The one event that is appended; all others are copies of its row. */
function template(): EventDraft {
  const id = '0190e1d0-aaaa-7000-8000-000000000000';
  const source = `https://dialog.example.no/dialogporten/api/v1/enduser/dialogs/${id}`;
  const event = {
    ...{ specversion: '1.0', id, source, type: 'dialogporten.dialog.updated.v1' },
    ...{ time: '2026-01-01T00:00:00.0000000Z', resource: resourceOf(0), resourceinstance: id },
    ...{ subject: subjectOf(0), dialogsequence: 1 },
  };
  return {
    ...{ audience: 'all', owner: '991825827', change: 1, dialogSequence: 1, trace: null },
    ...{ type: event.type, resource: event.resource, resourceInstance: id, subject: event.subject },
    ...{ source, id, time: event.time, bytes: JSON.stringify(event) },
  };
}

const ID = (of: string) => `'0190e1d0-aaaa-7000-8000-' || lpad(to_hex(${of}), 12, '0')`;
/** Bytes keep their length; what differs between them does not matter to whoever reads pages. */
const COPY = sql(
  'bench.copy-events',
  `INSERT INTO event (position, audience, owner, change, dialog_sequence, type, resource, resource_instance, subject,
                      source, id, time, bytes, trace)
   SELECT t.position + n, t.audience, t.owner, n % ${OF_DIALOG} + 1, n % ${OF_DIALOG} + 1, t.type,
          'urn:altinn:resource:bench-' || n % ${RESOURCES}, ${ID(`n / ${OF_DIALOG}`)},
          'urn:altinn:organization:identifier-no:' || 310000000 + n % $3, t.source, ${ID('n')}, t.time, t.bytes, t.trace
     FROM event t, generate_series($1::bigint, $2::bigint) n
    WHERE t.position = $4`,
);

/** Fills the log; gives the position of the first event. The others follow it without a gap. */
export async function fillLog(database: Database, count: number): Promise<number> {
  const [first] = await database.transaction((transaction) => appendAndCommit(transaction, [template()]));
  for (let from = 1; from < count; from += BATCH) {
    const to = Math.min(from + BATCH, count) - 1;
    await database.query(COPY, [from, to, SUBJECTS[count], first]);
  }
  await database.query(sql('', `SELECT setval('event_position', ${first! + count - 1})`));
  await database.query(sql('', 'VACUUM (ANALYZE) event'));
  return first!;
}
