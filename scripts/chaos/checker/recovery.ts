import type { FaultLine } from '../ledger.ts';
import type { Evidence } from './evidence.ts';
import { isTaken, type Way } from './way.ts';
import { groupBy } from './group.ts';

/** How long deliveries took to come back, in milliseconds; undefined where there was nothing to deliver. */
export interface Recovery {
  readonly name: string;
  readonly milliseconds: number | undefined;
}

/**
 * After a fault of ours, from its end to the first delivery at the subscription that waited longest for one: only those
 * whose receivers do nothing wrong count. After a receiver's fault, to the first delivery that it took. Where another
 * fault of ours came between, nobody can say what was waited for.
 */
export function recoveries(
  { faults }: Evidence,
  ways: ReadonlyMap<unknown, readonly Way[]>,
): { ours: Recovery[]; receivers: Recovery[] } {
  const all = [...ways.values()].flat();
  const steady = all.filter(({ subscription }) => subscription.role === 'steady');
  const ours = faults.filter(({ whose }) => whose === 'ours');
  const of = (fault: FaultLine, which: readonly Way[]): Recovery => {
    const bySubscription = groupBy(which, ({ subscription }) => subscription.subscription);
    const others = ours.filter((other) => other !== fault);
    const waits = [...bySubscription.values()].flatMap((one) => waitAfter(fault, one, others) ?? []);
    return { name: fault.name, milliseconds: waits.length === 0 ? undefined : Math.max(...waits) };
  };
  const atEndpoint = (fault: FaultLine) =>
    all.filter(({ subscription }) => fault.at === `subscription ${subscription.subscription}`);
  return {
    ours: ours.map((fault) => of(fault, steady)),
    receivers: faults
      .filter(({ whose }) => whose === 'receiver')
      .map((fault) => of(fault, atEndpoint(fault))),
  };
}

/** From the end of the fault, or from the first event that was due after it, to the first delivery that was taken. */
function waitAfter(
  { to }: FaultLine,
  ways: readonly Way[],
  others: readonly FaultLine[],
): number | undefined {
  let due = Number.POSITIVE_INFINITY;
  let first = Number.POSITIVE_INFINITY;
  for (const { event, arrivals } of ways) {
    const taken = arrivals.find(isTaken);
    if (!taken || taken.at <= to) continue;
    due = Math.min(due, Math.max(to, event.at));
    first = Math.min(first, taken.at);
  }
  const isDisturbed = others.some((other) => other.from < first && other.to > to);
  return Number.isFinite(first) && !isDisturbed ? Math.max(0, first - due) : undefined;
}
