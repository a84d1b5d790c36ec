import type { Database, Session } from '../db/database.ts';
import { toError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { pause } from '../lib/time.ts';
import { hurry } from './partition-queries.ts';
import { deleteRemains } from './remains-queries.ts';
import { announcePassed, dropAnnounced, movePartitions } from './retention.ts';
import { noteDay, takeHousekeeping } from './retention-queries.ts';

export interface HousekeepingOptions {
  readonly database: Database;
  readonly retentionDays: number;
  readonly log: Log;
  /** Milliseconds from the announcement that a part of the log goes until it goes. Ten minutes unless given. */
  readonly graceMs?: number;
}

/** Milliseconds between two rounds. */
const ROUND_MS = 3_600_000;
const GRACE_MS = 600_000;
/** What a statement may take: more than a request's, because it looks at a week of the log. */
const STATEMENT_MS = 600_000;
/** Days that the trail of changes to registry, register and grants is kept. */
const AUDIT_DAYS = 730;

/**
 * The log keeps itself: a round at start and every hour, by one process at a time. Whoever has the lease does the round;
 * the lease is a lock of its session, so it goes with a process that dies.
 */
export class Housekeeping implements AsyncDisposable {
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: HousekeepingOptions) {
    this.#running = this.#run(options);
  }

  /** Begins nothing more, and resolves when the step under way is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(options: HousekeepingOptions): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await keepHouse(options, signal).catch((thrown: unknown) =>
        options.log.warn({ err: toError(thrown).message }, 'housekeeping is left for the next round'),
      );
      await pause(ROUND_MS, signal);
    }
  }
}

/** One round, unless another process has the lease. A step that fails is logged and does not keep the others back. */
export async function keepHouse(options: HousekeepingOptions, signal: AbortSignal): Promise<void> {
  const { database, retentionDays, log, graceMs = GRACE_MS } = options;
  await using session = await database.session('housekeeping', { statementTimeout: STATEMENT_MS });
  if (!(await takeHousekeeping(session))) return;
  await hurry(session);
  const retention = { retentionDays, graceMs, log };
  const steps: Readonly<Record<string, (session: Session) => Promise<void>>> = {
    'dropping what was announced': (on) => dropAnnounced(on, retention),
    'moving the partitions on': movePartitions,
    'noting the day': noteDay,
    'announcing what has passed': (on) => announcePassed(on, retention),
    'deleting remains': (on) => deleteRemains(on, { retention: retentionDays, audit: AUDIT_DAYS }, signal),
  };
  for (const [step, take] of Object.entries(steps)) {
    if (signal.aborted) return;
    await take(session).catch((thrown: unknown) =>
      log.warn({ err: toError(thrown).message, step }, 'a step of housekeeping is left for the next round'),
    );
  }
}
