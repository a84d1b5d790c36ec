import { randomUUID } from 'node:crypto';
import { type Database, type Queries, sql } from '../../src/db/database.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { append, appendAndCommit } from '../../src/events/queries.ts';
import { type LogBudget, type LogFilter, type LogPage, readLog } from '../../src/reading/queries.ts';

export const OWNER = '991825827';

/** An event to append; whatever is left out is ordinary, and the id is its own. */
export function draft(more: Partial<EventDraft> = {}): EventDraft {
  return {
    audience: 'all',
    owner: OWNER,
    change: null,
    dialogSequence: null,
    type: 'dialogporten.dialog.updated.v1',
    resource: 'urn:altinn:resource:super-simple-service',
    resourceInstance: null,
    subject: null,
    source: 'https://platform.altinn.no/dialogporten/api/v1/enduser/dialogs/0194fe82',
    id: randomUUID(),
    time: null,
    bytes: '{}',
    trace: null,
    ...more,
  };
}

/** Appends in a transaction of its own. Returns the positions. */
export function publish(database: Database, ...events: readonly EventDraft[]): Promise<number[]> {
  return database.transaction((transaction) => appendAndCommit(transaction, events));
}

/** A connection whose transaction is moved by hand, one statement at a time. */
export interface Writer extends AsyncDisposable {
  run<Row extends object>(text: string): Promise<Row[]>;
  append(...events: readonly EventDraft[]): Promise<number[]>;
}

export async function openWriter(database: Database): Promise<Writer> {
  const session = await database.session('writer');
  // It is the test that decides how long it is silent.
  await session.query(sql('', 'SET idle_in_transaction_session_timeout = 0'));
  return {
    // Without a name, so that statements that cannot be prepared go as well.
    run: (text) => session.query(sql('', text)),
    append: (...events) => append(session, events),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** A budget that no test fills unless it wants to. */
export const ROOMY: LogBudget = { rows: 1000, scan: 10_000, bytes: 4 << 20 };

/** One page, with a budget that is roomy where nothing else is said. */
export function page(
  queries: Queries,
  after: number,
  request: { readonly filter?: LogFilter; readonly budget?: Partial<LogBudget> } = {},
): Promise<LogPage> {
  return readLog(queries, after, {
    filter: request.filter ?? {},
    budget: { ...ROOMY, ...request.budget },
  });
}

/** The positions of everything that is readable after a position. */
export async function positionsAfter(queries: Queries, after: number): Promise<number[]> {
  return (await page(queries, after)).rows.map((row) => row.position);
}
