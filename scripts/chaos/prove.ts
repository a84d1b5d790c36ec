import { pathToFileURL } from 'node:url';
import { Random } from '../stress/random.ts';
import { type Plan, planRound } from './plan.ts';
import { buildWith, PLANTS, type Plant, tamperWith } from './plants.ts';
import { playRound } from './round.ts';
import { openWorld } from './world.ts';

/** What became of a planted fault. */
export interface Proof {
  readonly plant: string;
  readonly isFound: boolean;
  /** The first thing that the judge said about it. */
  readonly finding: string | null;
}

/** How many are played at a time: most of a round is waiting. */
const AT_ONCE = 2;

/** Shows that the judge would notice: each fault is built in on its own, and a round is played. */
export async function prove(seed: number, told: (proof: Proof) => void): Promise<Proof[]> {
  const proofs: Proof[] = [];
  const left = [...PLANTS];
  const work = async (): Promise<void> => {
    for (let plant = left.shift(); plant; plant = left.shift()) {
      const proof = await plantAndPlay(plant, seed);
      told(proof);
      proofs.push(proof);
    }
  };
  // Whoever fails leaves the others the time to clear up.
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return proofs;
}

async function plantAndPlay(plant: Plant, seed: number): Promise<Proof> {
  await using build = await buildWith(plant);
  await using world = await openWorld({
    ...{ program: pathToFileURL(build.program).href, random: new Random(seed), processes: plant.processes },
    tamper: (url) => tamperWith(plant, url),
  });
  const { findings } = await playRound(world, 1, planFor(plant, seed));
  const [finding = null] = findings[plant.shows];
  return { plant: plant.name, isFound: finding !== null, finding };
}

/** One endpoint refuses everything for a while, so that dialogs are parked; besides, only what the plant asks for. */
function planFor({ processes, ours }: Plant, seed: number): Plan {
  const receivers = [{ endpoint: 0, fault: 'refuse', from: 500, to: 4000 } as const];
  return {
    ...planRound(seed),
    processes,
    ours,
    receivers,
    ended: 1500,
    revoked: 1500,
    granted: 5500,
    ...{ paused: 2000, resumed: 3500 },
    quiet: 6000,
  };
}
