import type { ChangeLine } from '../ledger.ts';
import type { Evidence } from './evidence.ts';

/** Milliseconds after the answer to a revocation in which every process has taken it in. */
const PROMISE = 1000;

/** Requests that had no right to be: to a subscription that had ended or was paused, or to somebody who may not know. */
export function* forbidden(evidence: Evidence): Iterable<string> {
  for (const change of evidence.changes) {
    if (change.what === 'granted' || change.what === 'resumed') continue;
    const from = change.answered + (change.what === 'revoked' ? PROMISE : 0);
    const to = endOf(change, evidence.changes);
    for (const { subscription, earliest, number, event } of evidence.arrivals)
      if (subscription === change.subscription && earliest > from && earliest < to)
        yield `arrival ${number} of ${event} came ${Math.round(earliest - change.answered)} ms after ${subscription} was ${change.what}`;
  }
}

/** Requests of this round to a subscription that is none of it, or with an event that is. */
export function* stray({ arrivals, events, subscriptions }: Evidence): Iterable<string> {
  const ids = new Set(events.map(({ id }) => id));
  const known = new Set(subscriptions.map(({ subscription }) => subscription));
  for (const { number, event, subscription } of arrivals) {
    if (!ids.has(event)) yield `arrival ${number} has ${event}, which was settled in an earlier round`;
    if (!known.has(subscription)) yield `arrival ${number} is of subscription ${subscription}, which is gone`;
  }
}

/** When somebody asked for what makes it right again. */
function endOf(change: ChangeLine, changes: readonly ChangeLine[]): number {
  const back = change.what === 'paused' ? 'resumed' : 'granted';
  const end = changes.find(
    ({ what, subscription, asked }) =>
      what === back && subscription === change.subscription && asked >= change.answered,
  );
  return end?.asked ?? Number.POSITIVE_INFINITY;
}
