import { toError } from '../lib/errors.ts';
import type { DialogsOptions } from './options.ts';
import { nameOf } from './references.ts';

/** As many names as one reading looks up again. */
const MOST_NAMES = 20;

/**
 * The names of those whose names could not be had when what they did was noted, as far as the register has them by now.
 * Each is kept where it is missing, so that it is asked for no more. Never fails a reading.
 */
export async function lateNames(
  dialogs: DialogsOptions,
  nameless: Iterable<string>,
  keep: (urn: string, name: string) => Promise<unknown>,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const asked = [...new Set(nameless)].slice(0, MOST_NAMES).map(async (urn) => {
    const name = await nameOf(dialogs, urn);
    if (name === undefined) return;
    names.set(urn, name);
    await keep(urn, name);
  });
  await Promise.all(asked).catch((thrown: unknown) =>
    dialogs.log.warn({ err: toError(thrown) }, 'names that came late could not be kept'),
  );
  return names;
}
