import type { AccessQuestion, DecisionPoint, Identity } from '../access/ports.ts';
import type { Database } from '../db/database.ts';
import type { LogRow } from '../events/event.ts';
import { isForAudience, wantsType } from '../events/filter.ts';
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
import { reachablePosition } from './reachable.ts';

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
/** Milliseconds after which decisions are not acted on any more, from when what they rest on was known to be current. */
const GIVEN_WITHIN_MS = 750;
/** How often the rows of a page that took longer are decided anew. */
const TRIES = 3;

/** The log for whoever asks: filtered, for their audience, and only what they may know at this moment. */
export class Feed {
  readonly #options: FeedOptions;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /**
   * One page. It may hold fewer events than asked for, or none, though more exist; `next` always leads on. It rests on
   * decisions that hold when this resolves, so nothing may be awaited before it is sent.
   *
   * @throws Failure `cursor-expired` when `after` is unknown or too old, `cursor-unreadable` when it is a broken cursor,
   * `decision-unavailable` when this process stands still again and again
   */
  async page(request: FeedRequest): Promise<FeedPage> {
    const { freshness, epochs } = this.#options;
    const { next, ...collected } = await this.#collect(request);
    let { rows, holdsUntil } = collected;
    // This process stood still, or the page took long: rights may have been taken since.
    for (let tries = 0; monotonic() > holdsUntil; tries++) {
      if (tries === TRIES) throw new Failure('decision-unavailable', { retryAfter: 1 });
      await freshness.renew();
      ({ rows, holdsUntil } = await this.#decide(request.identity, rows, freshness.confirmedAt));
    }
    return { events: rows.map(({ bytes }) => bytes), next: epochs.format(next) };
  }

  /** A caller who may see little is read for in ever larger steps. */
  async #collect(request: FeedRequest): Promise<Decided & { readonly next: number }> {
    const rows: LogRow[] = [];
    let next = await this.#startOf(request);
    let holdsUntil = Number.POSITIVE_INFINITY;
    for (let looked = 0, bytes = 0, step = request.size; ; step *= 2) {
      const scan = PAGE_SCAN - looked;
      const budget = { rows: Math.min(step, scan), scan, bytes: PAGE_BYTES - bytes };
      const { page, ...decided } = await this.#read(request, next, budget);
      holdsUntil = Math.min(holdsUntil, decided.holdsUntil);
      const given = decided.rows.slice(0, request.size - rows.length);
      rows.push(...given);
      for (const row of given) bytes += row.bytes.length;
      // What was found beyond the size is for whoever goes on.
      next = given.length < decided.rows.length ? given.at(-1)!.position : page.next;
      looked += page.lookedAt;
      const isFull = rows.length >= request.size || looked >= PAGE_SCAN || bytes >= PAGE_BYTES;
      if (!page.more || isFull) return { rows, next, holdsUntil };
    }
  }

  /** A cursor from which only what comes from now on is read. */
  async now(): Promise<string> {
    return this.#options.epochs.format(await readEnd(this.#options.database));
  }

  async #startOf({ after, filter, identity }: FeedRequest): Promise<number> {
    if (after.startsWith('b1.')) return reachablePosition(this.#options, after);
    if (after === '0') return 0;
    const found = await positionOfEvent(this.#options.database, after, {
      resource: filter.resource,
      orgNumber: identity.orgNumber,
    });
    if (found === undefined) throw new CursorExpired();
    return found;
  }

  /** Reads on, and says which rows this caller asked for and may know, by rights at least as new as the rows. */
  async #read(
    request: FeedRequest,
    position: number,
    budget: LogBudget,
  ): Promise<Decided & { readonly page: LogPage }> {
    const { database, freshness } = this.#options;
    const askedAt = monotonic();
    const page = await readLog(database, position, { filter: request.filter, budget });
    await freshness.confirm(page, askedAt);
    const wanted = page.rows.filter((row) => isWanted(row, request));
    return { page, ...(await this.#decide(request.identity, wanted, askedAt)) };
  }

  /** @param knownAt monotonic milliseconds at which the rights that local decisions rest on were current */
  async #decide(identity: Identity, rows: readonly LogRow[], knownAt: number): Promise<Decided> {
    const answers = await this.#options.decisions.decide(rows.map((row) => subscribeQuestion(identity, row)));
    const holdsUntil = Math.min(
      ...answers.map(({ validUntil }) => validUntil ?? knownAt + GIVEN_WITHIN_MS),
      Number.POSITIVE_INFINITY,
    );
    return { rows: rows.filter((_, index) => answers[index]?.permitted), holdsUntil };
  }
}

interface Decided {
  /** Those that the caller may know. */
  readonly rows: LogRow[];
  /** Monotonic milliseconds until which the decisions may be acted on. */
  readonly holdsUntil: number;
}

/** What the database has not looked at already, as well as what it has. */
function isWanted(row: LogRow, { identity, filter }: FeedRequest): boolean {
  const { types, alternativeSubject } = filter;
  return (
    wantsType(types, row.type) &&
    isForAudience(row, identity.orgNumber) &&
    (alternativeSubject === undefined || alternativeSubjectOf(row) === alternativeSubject)
  );
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
