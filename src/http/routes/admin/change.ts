import { Type } from 'typebox';
import { consumerOf, partyOf } from '../../../access/caller.ts';
import type { Identity } from '../../../access/ports.ts';
import type { Applied } from '../../../access/registry/apply.ts';
import { isDatabaseError } from '../../../db/database.ts';
import { Failure } from '../../../lib/errors.ts';
import { problems } from '../../schemas/problem.ts';
import type { AdminRoutesOptions } from './options.ts';

/** What every change answers. */
export const changeAnswers = {
  200: Type.Object({
    accessVersion: Type.Integer({
      description: 'Committed. This process decides by it already, all others within a second.',
    }),
    changed: Type.Boolean({ description: 'False when it was so already; then the version is an older one.' }),
  }),
  ...problems(400, 401, 403, 409, 503),
};

/** Seconds after which it makes sense to try again when a large change is under way. */
const RETRY_AFTER = 5;

/** Waits for the commit and tells every process. @throws Failure `concurrent-change` when another change takes too long */
export async function commit({ changed }: Pick<AdminRoutesOptions, 'changed'>, change: Promise<Applied>) {
  const applied = await change.catch((thrown: unknown) => {
    if (!isDatabaseError(thrown, TIMED_OUT)) throw thrown;
    const detail = 'Another change of registry, register or grants is under way; try again.';
    throw new Failure('concurrent-change', { detail, retryAfter: RETRY_AFTER });
  });
  const counts = [applied.resources, applied.parties, applied.grants].flatMap((each) => Object.values(each));
  const isChanged = counts.some((count: number) => count > 0);
  if (isChanged) await changed(applied.version);
  return { accessVersion: applied.version, changed: isChanged };
}

/** SQLSTATE of a statement that was given up: it waited for the lock on the access version. */
const TIMED_OUT = '57014';

/** Who changes, for the audit trail. @throws Failure `identity-missing` */
export function actorOf(identity: Identity): string {
  const actor = consumerOf(identity) ?? partyOf(identity);
  if (actor === undefined) throw new Failure('identity-missing');
  return actor;
}
