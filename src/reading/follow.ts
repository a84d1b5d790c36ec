import type { Database, Session } from '../db/database.ts';
import { toError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { monotonic, pause } from '../lib/time.ts';
import { type LogBudget, type LogPage, readLog } from './queries.ts';

/** Something that says "the log has grown". A hint: it may be lost, repeated or early. */
export interface Hints {
  /** Calls the listener at every hint; returns how to stop. */
  onGrown(listener: () => void): () => void;
}

export interface FollowOptions {
  readonly database: Database;
  readonly hints: Hints;
  readonly log: Log;
  /** Shown in pg_stat_activity. */
  readonly purpose: string;
  /** Milliseconds after which the log is read although no hint came. */
  readonly pollMs: number;
  readonly budget: LogBudget;
  readonly signal: AbortSignal;
  /** Where to read next. Asked before every page, so that the reader may be sent back. */
  readonly position: () => number;
  /** Takes a page; the next is read when it resolves. */
  readonly take: (page: LogPage, asked: Asked) => Promise<void> | void;
}

/** How a page was asked for. */
export interface Asked {
  readonly after: number;
  /** Monotonic milliseconds before the statement was sent: the page's versions were current then. */
  readonly at: number;
}

/** Shortest and longest wait for appends that are under way, in milliseconds. */
const UNDECIDED_WAIT = { first: 1, most: 50 };
/** Longest wait before the connection is tried again, in milliseconds. */
const RECONNECT_MOST = 2000;

/**
 * Reads the log as it grows, on a connection of its own, until the signal is aborted.
 *
 * The log is the truth and a hint is only a hint: the log is read on start, at a hint, after a reconnect and on a slow
 * timer. When the horizon stood below the head, the page is asked for again shortly, because a rollback sends no hint.
 */
export async function followLog(options: FollowOptions): Promise<void> {
  const waker = createWaker(options.hints, options.signal);
  try {
    for (let failures = 0; !options.signal.aborted; failures++) {
      try {
        await using session = await options.database.session(options.purpose);
        session.lost.addEventListener('abort', () => waker.wake());
        await readOnward(session, waker, { ...options, taken: () => (failures = 0) });
      } catch (thrown) {
        if (options.signal.aborted) return;
        options.log.warn(
          { err: toError(thrown).message, purpose: options.purpose },
          'reading the log was interrupted',
        );
        await pause(Math.min(RECONNECT_MOST, 50 * 2 ** Math.min(failures, 6)), options.signal);
      }
    }
  } finally {
    waker.stop();
  }
}

async function readOnward(
  session: Session,
  waker: Waker,
  options: FollowOptions & { readonly taken: () => void },
): Promise<void> {
  let undecidedWait = UNDECIDED_WAIT.first;
  while (!options.signal.aborted) {
    waker.reset();
    // Hereafter a loss wakes the wait; one before the reset shows here.
    if (session.lost.aborted) throw new Error('the connection was lost');
    const asked = { after: options.position(), at: monotonic() };
    const page = await readLog(session, asked.after, { filter: {}, budget: options.budget });
    await options.take(page, asked);
    options.taken();
    if (page.rows.length > 0 || !page.undecided) undecidedWait = UNDECIDED_WAIT.first;
    if (page.more) continue;
    await waker.wait(page.undecided ? undecidedWait : options.pollMs);
    if (page.undecided) undecidedWait = Math.min(undecidedWait * 2, UNDECIDED_WAIT.most);
  }
}

interface Waker {
  /** Forgets hints that came before the read that follows. */
  reset(): void;
  /** Resolves at the next wake, at once when one came since the reset, or after the time. */
  wait(milliseconds: number): Promise<void>;
  wake(): void;
  stop(): void;
}

/** Woken by hints and by the end. */
function createWaker(hints: Hints, end: AbortSignal): Waker {
  let woken = new AbortController();
  const wake = () => woken.abort();
  const stopHints = hints.onGrown(wake);
  end.addEventListener('abort', wake);
  return {
    reset: () => {
      if (woken.signal.aborted && !end.aborted) woken = new AbortController();
    },
    wait: (milliseconds) => pause(milliseconds, woken.signal),
    wake,
    stop: () => {
      stopHints();
      end.removeEventListener('abort', wake);
    },
  };
}
