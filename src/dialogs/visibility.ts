import { Failure } from '../lib/errors.ts';
import { toEpoch, toHttpDate } from '../lib/time.ts';
import type { Dialog } from './model.ts';

/**
 * Why end users cannot see the dialog: `not-visible-yet`, with the moment in the Expires header, or `expired`. Undefined
 * when they can. Between `visibleFrom` and the release it is visible: reading it releases it.
 */
export function unseeable({ held, visibleFrom, expiresAt }: Dialog, now: string): Failure | undefined {
  if (held && visibleFrom !== null && visibleFrom > now) {
    const detail = `The dialog is not visible until ${visibleFrom}.`;
    const headers = { Expires: toHttpDate(toEpoch(visibleFrom)) };
    return new Failure('not-visible-yet', { detail, headers, members: { visibleFrom } });
  }
  if (expiresAt === null || expiresAt > now) return undefined;
  return new Failure('expired', { members: { expiredAt: expiresAt } });
}

/** Throws `not-visible-yet` or `expired` for a dialog that end users cannot see. */
export function refuseUnseeable(dialog: Dialog, now: string): void {
  const failure = unseeable(dialog, now);
  if (failure) throw failure;
}
