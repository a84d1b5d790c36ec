import type { ArrivalLine, SubscriptionLine } from '../ledger.ts';
import type { Evidence } from './evidence.ts';
import { groupBy } from './group.ts';
import type { LogEvent } from './rows.ts';

/** One event that a subscription had asked for, and every request that carried it there, in the order of arrival. */
export interface Way {
  readonly subscription: SubscriptionLine;
  readonly event: LogEvent;
  readonly arrivals: readonly ArrivalLine[];
}

/** Every way that an event should have gone, by subscription, in the order of the log. */
export function waysOf(evidence: Evidence): Map<SubscriptionLine, readonly Way[]> {
  const arrivals = groupBy(evidence.arrivals, (line) => `${line.subscription} ${line.event}`);
  return new Map(
    evidence.subscriptions.map((subscription) => [
      subscription,
      evidence.events
        .filter((event) => isAskedFor(subscription, event))
        .map((event) => ({
          ...{ subscription, event },
          arrivals: arrivals.get(`${subscription.subscription} ${event.id}`) ?? [],
        })),
    ]),
  );
}

/** Whether the receiver took it: it said so with a status, whatever became of the rest of its answer. */
export function isTaken({ status }: ArrivalLine): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** Of one dialog; its events have an order. */
export function dialogOf({ event }: Way): string {
  return `${event.resource} ${event.instance}`;
}

/** As the database's rows are known by. */
export function keyOf({ subscription, event }: Way): string {
  return `${subscription.subscription} ${event.position}`;
}

export function nameOf({ subscription, event }: Way): string {
  return `${event.instance} ${event.position} (${event.id}) to ${subscription.role} ${subscription.subscription}`;
}

/** Events of the house itself come to those who name them, and nobody here does. */
function isAskedFor({ resource, subject }: SubscriptionLine, event: LogEvent): boolean {
  const isOfTheHouse = event.type.startsWith('budstikka.');
  return event.resource === resource && (subject === null || event.subject === subject) && !isOfTheHouse;
}
