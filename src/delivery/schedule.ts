export interface RetrySchedule {
  /** Milliseconds before each further attempt, so that there is one attempt more than delays. */
  readonly delays: readonly number[];
  /** Share by which a delay is spread, 0.1 for ±10 %. */
  readonly jitter: number;
}

/** The schedule of a subscription: its own, or the documented one. */
export function scheduleOf(
  { retrySchedule }: { readonly retrySchedule: readonly number[] | null },
  documented: RetrySchedule,
): RetrySchedule {
  if (!retrySchedule) return documented;
  return { delays: retrySchedule.map((seconds) => 1000 * seconds), jitter: documented.jitter };
}

/**
 * Milliseconds until the next attempt when so many have failed; undefined when that was the last one.
 *
 * @param random a number from 0 up to 1
 */
export function delayAfter(attempts: number, schedule: RetrySchedule, random: number): number | undefined {
  const delay = schedule.delays[attempts - 1];
  return delay === undefined ? undefined : delay * (1 + schedule.jitter * (2 * random - 1));
}
