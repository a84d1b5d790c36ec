import { dialogOf, nameOf, type Way } from './way.ts';
import { groupBy } from './group.ts';

/** Events that first arrived before an earlier one of their dialog, by the ways of one subscription. */
export function* disordered(ways: readonly Way[]): Iterable<string> {
  for (const dialog of groupBy(ways, dialogOf).values()) {
    let latest = -1;
    for (const way of dialog) {
      const [first] = way.arrivals;
      if (!first) continue;
      if (first.number < latest) yield `${nameOf(way)} first arrived after a later one of its dialog`;
      latest = Math.max(latest, first.number);
    }
  }
}

/** Arrivals with other bytes than the log's, or that say something else where there were headers for them. */
export function* altered(ways: readonly Way[]): Iterable<string> {
  for (const way of ways)
    for (const { digest } of way.arrivals)
      if (digest !== null && digest !== way.event.digest && digest !== way.event.sense)
        yield `${nameOf(way)} arrived with other bytes`;
}
