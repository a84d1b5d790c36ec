import type { AccessQuestion, DecisionPoint, Identity } from '../access/ports.ts';
import type { Database } from '../db/database.ts';
import type { LogRow } from '../events/event.ts';
import { isForAudience, wantsType } from '../events/filter.ts';
import { readLogStart } from '../events/retention-queries.ts';
import { Failure } from '../lib/errors.ts';
import { monotonic } from '../lib/time.ts';
import { CursorExpired, type Epochs } from './epochs.ts';
import type { Freshness } from './freshness.ts';
import {
  type LogBudget,
  type LogFilter,
  type LogPage,
  positionOfEvent,
  readEnd,
  readLog,
} from './queries.ts';

export interface FeedOptions {
  readonly database: Database;
  readonly decisions: DecisionPoint;
  readonly freshness: Freshness;
  readonly epochs: Epochs;
}

export interface FeedRequest {
  readonly identity: Identity;
  /** `alternativeSubject` has no index: it narrows what the rest of the filter finds. */
  readonly filter: LogFilter & { readonly alternativeSubject?: string | undefined };
  /** A cursor of ours, `0`, or the id of an event. */
  readonly after: string;
  /** Events at most. */
  readonly size: number;
}

export interface FeedPage {
  /** Events as the log keeps them: each is a JSON text. */
  readonly events: readonly string[];
  /** The cursor to go on from; always there, also when nothing came. */
  readonly next: string;
}

/** A page ends at the size asked for, here, or at the end of the log, whichever is first (rows looked at, bytes). */
const PAGE_SCAN = 5000;
const PAGE_BYTES = 4 << 20;

/** The log for whoever asks: filtered, for their audience, and only what they may know at this moment. */
export class Feed {
  readonly #options: FeedOptions;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /**
   * One page. It may hold fewer events than asked for, or none, though more exist; `next` always leads on. A caller who
   * may see little is read for in ever larger steps.
   *
   * @throws Failure `cursor-expired` when `after` is unknown or too old, `cursor-unreadable` when it is a broken cursor
   */
  async page(request: FeedRequest): Promise<FeedPage> {
    const events: string[] = [];
    let position = await this.#startOf(request);
    for (let looked = 0, bytes = 0, rows = request.size; ; rows *= 2) {
      const scan = PAGE_SCAN - looked;
      const budget = { rows: Math.min(rows, scan), scan, bytes: PAGE_BYTES - bytes };
      const { page, permitted } = await this.#read(request, position, budget);
      const given = permitted.slice(0, request.size - events.length);
      for (const row of given) {
        events.push(row.bytes);
        bytes += row.bytes.length;
      }
      // What was found beyond the size is for whoever goes on.
      position = given.length < permitted.length ? given.at(-1)!.position : page.next;
      looked += page.lookedAt;
      if (!page.more || events.length >= request.size || looked >= PAGE_SCAN || bytes >= PAGE_BYTES) break;
    }
    return { events, next: this.#options.epochs.format(position) };
  }

  /** A cursor from which only what comes from now on is read. */
  async now(): Promise<string> {
    return this.#options.epochs.format(await readEnd(this.#options.database));
  }

  async #startOf({ after, filter, identity }: FeedRequest): Promise<number> {
    if (after.startsWith('b1.')) return this.#reachable(after);
    if (after === '0') return 0;
    const found = await positionOfEvent(this.#options.database, after, {
      resource: filter.resource,
      orgNumber: identity.orgNumber,
    });
    if (found === undefined) throw new CursorExpired();
    return found;
  }

  /** The position of a cursor; throws `cursor-expired` for one behind which something may have been dropped. */
  async #reachable(cursor: string): Promise<number> {
    const { database, epochs } = this.#options;
    // Asked first: after the answer the epochs are those of the timeline that is about to be read.
    const start = await readLogStart(database);
    const position = epochs.position(cursor);
    if (position === undefined) throw new Failure('cursor-unreadable');
    if (position < start.position) throw new CursorExpired();
    return position;
  }

  /** Reads on, and says which rows this caller asked for and may know, by rights at least as new as the rows. */
  async #read(
    request: FeedRequest,
    position: number,
    budget: LogBudget,
  ): Promise<{ page: LogPage; permitted: readonly LogRow[] }> {
    const { database, freshness } = this.#options;
    const askedAt = monotonic();
    const page = await readLog(database, position, { filter: request.filter, budget });
    await freshness.confirm(page, askedAt);
    return { page, permitted: await this.#permitted(page.rows, request) };
  }

  async #permitted(rows: readonly LogRow[], { identity, filter }: FeedRequest): Promise<LogRow[]> {
    const { types, alternativeSubject } = filter;
    const wanted = rows.filter(
      (row) =>
        wantsType(types, row.type) &&
        isForAudience(row, identity.orgNumber) &&
        (alternativeSubject === undefined || alternativeSubjectOf(row) === alternativeSubject),
    );
    const decisions = await this.#options.decisions.decide(
      wanted.map((row) => subscribeQuestion(identity, row)),
    );
    return wanted.filter((_, index) => decisions[index]?.permitted);
  }
}

function alternativeSubjectOf(row: LogRow): unknown {
  return (JSON.parse(row.bytes) as { alternativesubject?: unknown }).alternativesubject;
}

/** The question that polling asks of every event. */
function subscribeQuestion(identity: Identity, row: LogRow): AccessQuestion {
  return {
    identity,
    action: 'subscribe',
    resource: row.resource,
    instance: row.resourceInstance ?? undefined,
    party: row.subject ?? undefined,
    attributes: [['urn:altinn:eventtype', row.type]],
  };
}
