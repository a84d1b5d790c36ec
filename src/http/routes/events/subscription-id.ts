import { Failure } from '../../../lib/errors.ts';

/** The id in a path; what is not a PostgreSQL integer names no subscription. */
export function subscriptionId(text: string): number {
  const id = Number(text);
  if (/^\d{1,10}$/.test(text) && id <= 2_147_483_647) return id;
  throw new Failure('not-found', { detail: 'There is no such subscription.' });
}
