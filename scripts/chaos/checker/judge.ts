import { readEvidence } from './evidence.ts';
import { forbidden, stray } from './forbidden.ts';
import { lost, unpublished } from './losses.ts';
import { altered, disordered } from './order.ts';
import { recoveries, type Recovery } from './recovery.ts';
import { repeatsIn } from './repeats.ts';
import { waysOf } from './way.ts';

/** Broken promises, in sentences, by the promise. None, when all were kept. */
export interface Findings {
  readonly lost: readonly string[];
  readonly disordered: readonly string[];
  readonly repeated: readonly string[];
  readonly forbidden: readonly string[];
  /** A process wrote about a lane that was not its own any more, or took back what was promised. */
  readonly breached: readonly string[];
  readonly altered: readonly string[];
}

export interface Judgement {
  readonly findings: Findings;
  readonly counts: {
    readonly events: number;
    readonly arrivals: number;
    readonly deliveries: number;
    readonly deadLetters: number;
    readonly withheld: number;
    readonly takeovers: number;
    readonly repeatsInFlight: number;
    readonly repeatsUnheard: number;
  };
  readonly recovery: { readonly ours: readonly Recovery[]; readonly receivers: readonly Recovery[] };
}

/**
 * Judges a round by its ledger and its database. Nothing of the program is used here: what is promised is written down
 * once more, from the outside.
 */
export async function judge(ledger: string, databaseUrl: string): Promise<Judgement> {
  const evidence = await readEvidence(ledger, databaseUrl);
  const ways = waysOf(evidence);
  const all = [...ways.values()];
  const repeats = all.map((each) => repeatsIn(evidence, each));
  const sum = (of: (one: (typeof repeats)[number]) => number) =>
    repeats.reduce((total, one) => total + of(one), 0);
  return {
    findings: {
      lost: [...unpublished(evidence), ...all.flatMap((each) => [...lost(evidence, each)])],
      disordered: all.flatMap((each) => [...disordered(each)]),
      repeated: [...stray(evidence), ...repeats.flatMap(({ unexplained }) => unexplained)],
      forbidden: [...forbidden(evidence)],
      breached: evidence.breaches,
      altered: all.flatMap((each) => [...altered(each)]),
    },
    counts: {
      events: evidence.events.length,
      arrivals: evidence.arrivals.length,
      deliveries: all.flat().filter(({ arrivals }) => arrivals.length > 0).length,
      deadLetters: evidence.letters.size,
      withheld: [...ways].reduce((total, [{ subscription }, each]) => {
        return (
          total +
          each.filter(({ event }) => evidence.withheld.has(`${subscription} ${event.position}`)).length
        );
      }, 0),
      takeovers: evidence.takeovers.filter(({ at }) => at >= (evidence.events[0]?.at ?? 0)).length,
      repeatsInFlight: sum(({ inFlight }) => inFlight),
      repeatsUnheard: sum(({ unheard }) => unheard),
    },
    recovery: recoveries(evidence, ways),
  };
}
