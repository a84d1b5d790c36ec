import type { ChangeLine } from '../ledger.ts';
import type { Evidence } from './evidence.ts';
import { dialogOf, isTaken, keyOf, nameOf, type Way } from './way.ts';
import { groupBy } from './group.ts';

/** Milliseconds after an answer in which what was asked for takes effect everywhere … */
const PROMISE = 1000;
/** … and after a decision in which it is written down, on a machine that is busy. */
const WRITTEN = 3000;

/** What the server said yes to and the log does not hold. */
export function* unpublished({ published, events }: Evidence): Iterable<string> {
  const ids = new Set(events.map(({ id }) => id));
  for (const line of published)
    for (const id of line.events)
      if (!ids.has(id)) yield `${id} was published via ${line.via} and is not in the log`;
  const logged = groupBy(events, ({ instance }) => instance);
  const said = groupBy(
    published.filter(({ via }) => via === 'dialogs'),
    ({ dialog }) => dialog,
  );
  for (const [dialog, lines] of said) {
    const count = logged.get(dialog)?.length ?? 0;
    if (count < lines.length)
      yield `dialog ${dialog} was changed ${lines.length} times and has ${count} events`;
  }
}

/** What should have arrived and did not, by the ways of one subscription. */
export function* lost(evidence: Evidence, ways: readonly Way[]): Iterable<string> {
  for (const way of ways) {
    if (way.arrivals.some(isTaken) || isExcused(evidence, way)) continue;
    const fault = evidence.letters.has(keyOf(way)) ? deadForNothing(evidence, way, ways) : 'is lost';
    if (fault !== undefined) yield `${nameOf(way)} ${fault}, after ${way.arrivals.length} arrivals`;
  }
}

/** Nothing is owed to a subscription from its end on; nor what was withheld while the right was taken. */
function isExcused({ changes, withheld }: Evidence, way: Way): boolean {
  const own = changes.filter(({ subscription }) => subscription === way.subscription.subscription);
  if (way.subscription.role === 'ended') return own.length > 0;
  const at = withheld.get(keyOf(way));
  return at !== undefined && own.some((change) => change.what === 'revoked' && covers(own, change, at));
}

/** Whether the right may have been gone at that time: from the asking for its end to a while after its return. */
function covers(changes: readonly ChangeLine[], revoked: ChangeLine, at: number): boolean {
  const granted = changes.find((change) => change.what === 'granted' && change.asked >= revoked.answered);
  return at >= revoked.asked && at <= (granted?.answered ?? Number.POSITIVE_INFINITY) + PROMISE + WRITTEN;
}

/**
 * A dead letter has to be borne out: the receiver refused as often as the letter claims, and whatever followed in the
 * dialog said that it is missing.
 */
function deadForNothing({ letters }: Evidence, way: Way, ways: readonly Way[]): string | undefined {
  const attempts = letters.get(keyOf(way))!;
  const refusals = way.arrivals.filter((arrival) => arrival.attempt > 0 && !isTaken(arrival));
  if (refusals.length < attempts) return `is a dead letter after ${attempts} attempts, not borne out`;
  const last = refusals.at(-1)!.number;
  const silent = ways
    .filter((other) => dialogOf(other) === dialogOf(way) && other.event.position > way.event.position)
    .flatMap(({ arrivals }) => arrivals)
    .find((arrival) => arrival.number > last && !tells(arrival.missing, way.event.id));
  return silent && `is a dead letter that arrival ${silent.number} did not tell of`;
}

/** Twenty are named; then the rest is only counted. */
function tells(missing: string | null, id: string): boolean {
  return missing !== null && (missing.includes(id) || /and \d+ more/.test(missing));
}
