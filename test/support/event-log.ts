import { type Queries, sql } from '../../src/db/database.ts';

/** A row of the log as a test looks at it. */
export interface LoggedEvent {
  readonly position: number;
  readonly audience: string;
  readonly type: string;
  readonly id: string;
  readonly change: number;
  readonly dialogSequence: number | null;
  readonly bytes: string;
  readonly trace: string | null;
}

const OF_DIALOG = sql(
  'test.events-of-dialog',
  `SELECT position::float8 AS position, audience, type, id, change::float8 AS change,
          dialog_sequence::float8 AS "dialogSequence", bytes, trace
     FROM event WHERE resource_instance = $1 ORDER BY position`,
);

/** All rows of the log about one dialog, in order of position. */
export function eventsOf(queries: Queries, dialog: string): Promise<LoggedEvent[]> {
  return queries.query<LoggedEvent>(OF_DIALOG, [dialog]);
}

/** The types without what they have in common: `created`, `activity.closed`, `budstikka.dialog.visible.v1`. */
export function shortTypes(events: readonly LoggedEvent[]): string[] {
  return events.map(({ type }) => type.replace(/^dialogporten\.dialog\.(.+)\.v1$/, '$1'));
}
