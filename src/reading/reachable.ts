import type { Database } from '../db/database.ts';
import { readLogStart } from '../events/retention-queries.ts';
import { Failure } from '../lib/errors.ts';
import { CursorExpired, type Epochs } from './epochs.ts';

/**
 * The position of a cursor from which everything can still be read.
 *
 * @throws Failure `cursor-unreadable` when it is none of ours, `cursor-expired` when something behind it may have been
 * dropped
 */
export async function reachablePosition(
  { database, epochs }: { readonly database: Database; readonly epochs: Epochs },
  cursor: string,
): Promise<number> {
  // Asked first: after the answer the epochs are those of the timeline that is about to be read.
  const start = await readLogStart(database);
  const position = epochs.position(cursor);
  if (position === undefined) throw new Failure('cursor-unreadable');
  if (position < start.position) throw new CursorExpired();
  return position;
}
