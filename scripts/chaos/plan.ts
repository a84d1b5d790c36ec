import { Random } from '../stress/random.ts';
import { between, OURS } from './faults.ts';
import { MISBEHAVIOUR } from './manners.ts';
import type { Fault } from './receiver.ts';

/** Milliseconds from the beginning of the round. */
type Moment = number;

/** What is to happen in a round. The same seed gives the same plan. */
export interface Plan {
  readonly seed: number;
  readonly processes: number;
  readonly ours: readonly { readonly name: string; readonly at: Moment }[];
  readonly receivers: readonly {
    /** The how manieth of the faulty endpoints. */
    readonly endpoint: number;
    readonly fault: Fault;
    readonly from: Moment;
    readonly to: Moment;
  }[];
  readonly ended: Moment;
  /** Over the API, or by an endpoint that says that it is gone for good. */
  readonly endedBy: 'deletion' | 'its endpoint';
  readonly revoked: Moment;
  readonly granted: Moment;
  readonly paused: Moment;
  readonly resumed: Moment;
  /** When nothing more is published. */
  readonly quiet: Moment;
}

const FAULTS: readonly Fault[] = [
  ...(Object.keys(MISBEHAVIOUR) as (keyof typeof MISBEHAVIOUR)[]),
  ...(['reset before processing', 'gone'] as const),
];
/** Nobody listens for so short a time that no event runs out of attempts that the ledger has not seen. */
const GONE = [500, 1500] as const;
const WRONG = [1000, 3500] as const;

export function planRound(seed: number): Plan {
  const random = new Random(seed);
  const names = Object.keys(OURS);
  const first = names[random.below(names.length)]!;
  const second = names[random.below(names.length)]!;
  const receivers = [0, 1].map((endpoint) => {
    const fault = FAULTS[random.below(FAULTS.length)]!;
    const from = between(random, [500, 2500]);
    return { endpoint, fault, from, to: from + between(random, fault === 'gone' ? GONE : WRONG) };
  });
  const revoked = between(random, [1000, 4000]);
  const paused = between(random, [800, 3500]);
  return {
    ...{ seed, receivers, revoked, paused, processes: 1 + random.below(3) },
    ours: [
      { name: first, at: between(random, [800, 1800]) },
      ...(random.chance(0.6) ? [{ name: second, at: between(random, [2200, 4000]) }] : []),
    ],
    ended: between(random, [1500, 5000]),
    endedBy: random.chance(0.7) ? 'deletion' : 'its endpoint',
    granted: revoked + between(random, [1500, 2500]),
    resumed: paused + between(random, [500, 2500]),
    quiet: 7500,
  };
}
