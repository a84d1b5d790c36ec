import { Failure } from '../lib/errors.ts';
import { toEpoch, toHttpDate } from '../lib/time.ts';
import type { Dialog } from './model.ts';

/**
 * Throws `not-found` for a dialog that end users cannot see yet, with the moment in the Expires header, or can no longer
 * see. Between `visibleFrom` and the release it is visible: reading it releases it.
 */
export function refuseUnseeable({ held, visibleFrom, expiresAt }: Dialog, now: string): void {
  if (held && visibleFrom !== null && visibleFrom > now) {
    const headers = { Expires: toHttpDate(toEpoch(visibleFrom)) };
    throw new Failure('not-found', { detail: `The dialog is not visible until ${visibleFrom}.`, headers });
  }
  if (expiresAt !== null && expiresAt <= now) {
    throw new Failure('not-found', { detail: 'The dialog has expired.' });
  }
}
