import { Failure } from '../lib/errors.ts';

/** Throws `not-built`: an answer that paid no heed to the text would be a wrong one. */
export function refuseFreeText(search: string | undefined): void {
  if (search !== undefined) throw new Failure('not-built', { detail: 'Free-text search is not served yet.' });
}
