import { pause } from '../../src/lib/time.ts';

/**
 * Waits until the condition gives something truthy, and gives that. Fails with the sentence when it takes too long;
 * what the condition throws counts as "not yet" and is the failure's cause.
 *
 * @param what completes "waited in vain until …"
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { timeout = 10_000 }: { readonly timeout?: number } = {},
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const deadline = performance.now() + timeout;
  let cause: unknown;
  for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
    try {
      const value = await condition();
      if (value) return value as Exclude<T, false | null | undefined | 0 | ''>;
      cause = undefined;
    } catch (thrown) {
      cause = thrown;
    }
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`, { cause });
    await pause(wait);
  }
}
