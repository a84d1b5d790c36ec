import { toError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { monotonic, pause, toEpoch, wallClock } from '../lib/time.ts';
import type { Queries } from './database.ts';
import { claimDue, completeDue, type DueRow, postponeDue } from './due-queries.ts';

/** Something that is to be done once its time has come. */
export interface DueItem {
  readonly kind: string;
  readonly key: string;
  readonly payload: unknown;
  /** 1 for the first. */
  readonly attempt: number;
}

/**
 * Does the work. Resolves to false when there is still something to do later; what it throws is tried again. It must
 * bear being asked twice: a process may die between the work and the note that it is done.
 */
export type DueHandler = (item: DueItem) => Promise<boolean>;

export interface DueWorkOptions {
  readonly database: Queries;
  /** By kind. Work of other kinds is left to processes that know it. */
  readonly handlers: Readonly<Record<string, DueHandler>>;
  readonly log: Log;
  /** Milliseconds after which a process that took work and has not answered is taken for dead. A minute unless given. */
  readonly leaseMs?: number;
}

/** Items taken, and done, at a time. */
const BATCH = 8;
/** Longest time between two looks, in milliseconds. */
const LOOK_MS = 30_000;
/** How soon a hint is followed, and the wait after a look that failed. */
const HINT_MS = 1000;
const LEASE_MS = 60_000;
/** The wait before work that failed is tried again doubles from one to the other, in milliseconds. */
const BACKOFF = { first: 1000, most: 300_000 };

/**
 * Does what falls due (table `due_work`), in any number of processes.
 *
 * Work is *taken* by moving its time to the end of a lease, in the statement that finds it; so nobody else finds it
 * meanwhile, and what a killed process had taken falls due again by itself. Done work is deleted and failed work gets a
 * later time, both only while the row still has the lease's time: whoever plans it anew meanwhile has the last word.
 *
 * Each look learns when the next work falls due and sleeps until then, at most half a minute; `planned` and `hint` wake
 * it earlier. Without work, that half-minute look is all it asks of the database.
 */
export class DueWork implements AsyncDisposable {
  readonly #options: DueWorkOptions;
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;
  #lookAt = 0;
  #sooner = new AbortController();

  constructor(options: DueWorkOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Work has been planned and committed for this wire time. */
  planned(dueAt: string): void {
    this.#lookWithin(toEpoch(dueAt) - wallClock());
  }

  /** Somebody may have planned work: it is looked for within a second. */
  hint(): void {
    this.#lookWithin(HINT_MS);
  }

  /** Takes no more work, and resolves when what it has taken is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      this.#lookAt = monotonic() + LOOK_MS;
      try {
        await this.#look();
      } catch (thrown) {
        this.#options.log.warn({ err: toError(thrown).message }, 'due work could not be looked for');
        this.#lookWithin(HINT_MS);
      }
      await this.#untilLook();
    }
  }

  async #look(): Promise<void> {
    const { database, handlers, leaseMs = LEASE_MS } = this.#options;
    const request = { kinds: Object.keys(handlers), most: BATCH, leaseMs };
    const { rows, nextInMs } = await claimDue(database, request);
    await Promise.all(rows.map((row) => this.#do(row)));
    if (rows.length === BATCH) this.#lookWithin(0);
    // A timer may ring a moment early, and the work would not be due.
    else if (nextInMs !== undefined) this.#lookWithin(Math.ceil(nextInMs) + 1);
  }

  async #do(row: DueRow): Promise<void> {
    const { database, handlers, log } = this.#options;
    try {
      const isDone = await handlers[row.kind]?.(row);
      if (isDone) await completeDue(database, row);
      else await postponeDue(database, row, backoff(row.attempt));
    } catch (thrown) {
      const { kind, key, attempt } = row;
      log.warn({ err: toError(thrown).message, kind, key, attempt }, 'due work failed and is tried again');
      // Should this fail as well, the end of the lease brings it back.
      await postponeDue(database, row, backoff(row.attempt)).catch(() => undefined);
    }
  }

  #lookWithin(milliseconds: number): void {
    const at = monotonic() + milliseconds;
    if (at >= this.#lookAt) return;
    this.#lookAt = at;
    this.#sooner.abort();
  }

  async #untilLook(): Promise<void> {
    for (let now = monotonic(); now < this.#lookAt && !this.#ended.signal.aborted; now = monotonic()) {
      this.#sooner = new AbortController();
      await pause(this.#lookAt - now, AbortSignal.any([this.#sooner.signal, this.#ended.signal]));
    }
  }
}

function backoff(attempt: number): number {
  return Math.min(BACKOFF.most, BACKOFF.first * 2 ** Math.min(attempt - 1, 20));
}
