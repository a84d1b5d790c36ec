import type { Database } from '../../src/db/database.ts';
import type { LogRow } from '../../src/events/event.ts';
import type { Log } from '../../src/lib/log.ts';
import { monotonic, pause } from '../../src/lib/time.ts';
import { followLog, type Hints } from '../../src/reading/follow.ts';
import { type LogFilter, readLog } from '../../src/reading/queries.ts';
import { RESOURCES, resourceOf } from './ground.ts';

export interface ReadersOptions {
  readonly database: Database;
  readonly hints: Hints;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const BUDGET = { rows: 500, scan: 5000, bytes: 4 << 20 };
/** Milliseconds after which a filtered reader asks again although no hint came: after a rollback none does. */
const POLL = 5;
/** The dialogs that the third reader reads, one by one. */
const DIALOGS = [3, 50, 97, 101, 140, 199];

/** A reader of a share of the log: what it has read, and what was wrong with it. */
export class Reader {
  readonly name: string;
  /** What it should read: an SQL condition over `event`. */
  readonly share: string;
  /** Position to when it was read, in monotonic milliseconds. */
  readonly read = new Map<number, number>();
  duplicated = 0;
  outOfOrder = 0;
  /** Reads until the signal. */
  readonly run: (options: ReadersOptions) => Promise<void>;
  readonly #changes = new Map<string, number>();

  constructor(name: string, share: string, run: (reader: Reader, options: ReadersOptions) => Promise<void>) {
    this.name = name;
    this.share = share;
    this.run = (options) => run(this, options);
  }

  take(rows: readonly LogRow[]): void {
    const now = monotonic();
    for (const { position, resourceInstance, change } of rows) {
      if (this.read.has(position)) {
        this.duplicated++;
        continue;
      }
      this.read.set(position, now);
      const dialog = resourceInstance ?? '';
      if ((change ?? 0) <= (this.#changes.get(dialog) ?? 0)) this.outOfOrder++;
      this.#changes.set(dialog, change ?? 0);
    }
  }
}

/** One that reads everything as every process does, one that reads a feed, one that reads single dialogs. */
export function openReaders(): Reader[] {
  const resource = RESOURCES[0];
  const dialogs = DIALOGS.map((dialog) => ({ resource: resourceOf(dialog), instance: String(dialog) }));
  return [
    new Reader('whole log', 'true', readWhole),
    new Reader('by resource', `e.resource = '${resource}'`, readFiltered([{ resource }])),
    new Reader('by dialogs', `e.resource_instance IN ('${DIALOGS.join(`','`)}')`, readFiltered(dialogs)),
  ];
}

async function readWhole(reader: Reader, options: ReadersOptions): Promise<void> {
  let cursor = 0;
  await followLog({
    ...options,
    purpose: reader.name,
    pollMs: 1000,
    budget: BUDGET,
    position: () => cursor,
    take: (page) => {
      reader.take(page.rows);
      cursor = page.next;
    },
  });
}

/** Reads with filters in turn, each with a cursor of its own. */
function readFiltered(filters: readonly LogFilter[]) {
  return async (reader: Reader, { database, hints, signal }: ReadersOptions): Promise<void> => {
    const places = filters.map((filter) => ({ filter, cursor: 0 }));
    let woken = new AbortController();
    const stop = hints.onGrown(() => woken.abort());
    await using session = await database.session(reader.name);
    while (!signal.aborted) {
      woken = new AbortController();
      let more = false;
      for (const place of places) {
        const page = await readLog(session, place.cursor, { filter: place.filter, budget: BUDGET });
        reader.take(page.rows);
        place.cursor = page.next;
        more ||= page.more;
      }
      if (!more) await pause(POLL, woken.signal);
    }
    stop();
  };
}
