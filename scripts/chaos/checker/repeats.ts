import type { ArrivalLine } from '../ledger.ts';
import type { Evidence } from './evidence.ts';
import type { Takeover } from './rows.ts';
import { dialogOf, isTaken, keyOf, nameOf, type Way } from './way.ts';

/** Milliseconds by which two clocks of one machine may differ in what they call the same moment. */
const SAME = 50;
/** Given up after at least 1,000, and tried again not before 900 later. */
const GIVEN_UP = 1800;
/** An answer that took so long may have come after the sender had given up; its limit is 1,000. */
const LATE = 700;

/** Arrivals of what had been taken before, with what explains them, or with no explanation. */
export interface Repeats {
  /** In flight when the lane changed its owner: begun, and the outcome not committed. */
  inFlight: number;
  /** The answer was not heard in time, by a process that was stopped or that had given up. */
  unheard: number;
  readonly unexplained: string[];
}

/**
 * Looks at everything that arrived after its receiver had taken it. A crash, or whatever else parts a process from its
 * lanes, may repeat what was in flight, and nothing that was settled in what the next owner took over.
 */
export function repeatsIn(evidence: Evidence, ways: readonly Way[]): Repeats {
  const repeats: Repeats = { inFlight: 0, unheard: 0, unexplained: [] };
  for (const way of ways) {
    for (const [index, arrival] of way.arrivals.entries()) {
      const taken = way.arrivals.slice(0, index).findLast(isTaken);
      if (!taken) continue;
      if (wasInFlight(evidence.takeovers, way, [taken, arrival])) repeats.inFlight++;
      else if (wasUnheard(evidence, way, [taken, arrival])) repeats.unheard++;
      else repeats.unexplained.push(`${nameOf(way)} arrived again: ${taken.number}, then ${arrival.number}`);
    }
  }
  return repeats;
}

type Pair = readonly [taken: ArrivalLine, again: ArrivalLine];

function wasInFlight(takeovers: readonly Takeover[], way: Way, [taken, again]: Pair): boolean {
  return takeovers.some(
    (takeover) =>
      takeover.subscription === way.subscription.subscription &&
      takeover.at >= taken.earliest - SAME &&
      takeover.at <= again.at + SAME &&
      !isSettled(takeover, way),
  );
}

/** Whether the next owner of the lane would take the event for settled. */
function isSettled({ position, settled, parked }: Takeover, way: Way): boolean {
  if (settled.has(way.event.position)) return true;
  const head = parked[dialogOf(way)];
  return head === undefined ? way.event.position <= position : way.event.position < head;
}

/**
 * Only a further attempt, or what came in a batch before, may claim that the answer before was not heard: because it came late, because the process was
 * stopped meanwhile, or because it was given up, which the delivery log and the time between the two bear out. On a
 * machine that is busy a process may be late to hear what was said in time.
 */
function wasUnheard({ faults, timedOut }: Evidence, way: Way, [taken, again]: Pair): boolean {
  if (taken.attempt > 0 && again.attempt <= taken.attempt) return false;
  const isLate = taken.until - taken.at > LATE;
  const stops = faults.filter(({ name }) => name.startsWith('SIGSTOP'));
  const wasStopped = stops.some(({ from, to }) => from <= taken.until + LATE && to >= taken.earliest - SAME);
  const wasGivenUp = timedOut.has(keyOf(way)) && again.at - taken.earliest >= GIVEN_UP;
  return isLate || wasStopped || wasGivenUp;
}
