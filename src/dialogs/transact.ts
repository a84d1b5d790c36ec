import type { Transaction } from '../db/database.ts';
import { isDatabaseError } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import { wallClock } from '../lib/time.ts';
import type { DialogsOptions } from './options.ts';

/** What a command answers with. */
export interface Written {
  readonly id: string;
  readonly revision: string;
  /** Epoch milliseconds at which the COMMIT returned; undefined when there was nothing to write. */
  readonly committedAt: number | undefined;
}

/** What a command's work says of itself. */
export interface Done {
  readonly id: string;
  readonly revision: string;
  /** Something was written. */
  readonly wrote: boolean;
  /** Events were appended. */
  readonly told: boolean;
}

/**
 * Runs a command's transaction and says so when the log has grown.
 * Throws `concurrent-change` when PostgreSQL gave the transaction up for another one's sake.
 */
export async function transact<T extends Done>(
  dialogs: DialogsOptions,
  work: (transaction: Transaction) => Promise<T>,
): Promise<Written & T> {
  const done = await dialogs.database.transaction(work).catch((thrown: unknown) => {
    throw toFailure(thrown) ?? thrown;
  });
  const committedAt = done.wrote ? wallClock() : undefined;
  if (done.told) dialogs.committed();
  return { ...done, committedAt };
}

/** Serialisation failure, deadlock, lock not available, and a wait (for a lock, as a rule) that took too long. */
const GIVEN_UP = ['40001', '40P01', '55P03', '57014'];

/** Where an id that somebody else has taken shows, by the index that says so. */
const TAKEN: readonly (readonly [index: string, field: string])[] = [
  ['dialog_pkey', 'id'],
  ['transmission_pkey', 'transmissions'],
  ['transmission_id', 'transmissions'],
  ['activity_pkey', 'activities'],
  ['activity_id', 'activities'],
];

function toFailure(thrown: unknown): Failure | undefined {
  if (GIVEN_UP.some((state) => isDatabaseError(thrown, state))) {
    return new Failure('concurrent-change', { cause: thrown });
  }
  const taken = TAKEN.find(([index]) => isDatabaseError(thrown, UNIQUE_VIOLATION, index));
  if (!taken) return undefined;
  const fields = { [taken[1]]: ['has an id that is in use already'] };
  return new Failure('rule-broken', { fields, cause: thrown });
}

export const UNIQUE_VIOLATION = '23505';
