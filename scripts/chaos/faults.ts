import { pause, wallClock } from '../../src/lib/time.ts';
import type { Failpoint } from '../../src/lib/failpoint.ts';
import { announcePassed, dropAnnounced } from '../../src/events/retention.ts';
import { cut, partitionInUse } from '../../src/events/partition-queries.ts';
import { sql } from '../../src/db/database.ts';
import { openLog } from '../../src/lib/log.ts';
import type { Random } from '../stress/random.ts';
import type { ServerProcess } from './server-process.ts';
import type { World } from './world.ts';

/** From when until when something of ours was wrong, and what. */
export interface Harm {
  /** Process that it was done to. */
  readonly at: string;
  readonly from: number;
  readonly to: number;
}

type Inflict = (world: World, random: Random) => Promise<Harm>;

/** The lease of the processes under test is 3,000. */
const STOPPED = [3300, 4500] as const;
const DOWN = [200, 1500] as const;
const EXHAUSTED = [1000, 2500] as const;
const HOUR = 3_600_000;
/** Milliseconds after which a process that has not come by the point is killed where it is. */
const ARMED = 2500;

const POINTS: readonly Failpoint[] = [
  ...([
    'lanes-leased',
    'lanes-renewed',
    'log-read',
    'before-decision',
    'before-send',
    'after-answer',
  ] as const),
  ...(['own-position', 'before-settle', 'after-settle', 'before-retry', 'unparked', 'caught-up'] as const),
];

/** What is done to the house, by name. Each ends with everything in place again. */
export const OURS: Readonly<Record<string, Inflict>> = {
  'kill -9': (world, random) => killed(world, random, (victim) => victim.kill()),
  'kill -9 at a failpoint': (world, random) =>
    killed(world, random, async (victim) => {
      victim.arm({ point: POINTS[random.below(POINTS.length)]!, nth: 1 + random.below(40) });
      const deadline = wallClock() + ARMED;
      while (victim.isAlive && wallClock() < deadline) await pause(20);
      await victim.kill();
    }),
  'SIGSTOP beyond the lease': (world, random) => stopped(world, random, busiest),
  'SIGSTOP of any': (world, random) => stopped(world, random, async () => world.fleet.pick(random)),
  'PostgreSQL immediate restart': ({ postgres }) => timed('PostgreSQL', () => postgres.restart()),
  'backends killed': ({ postgres }) => timed('PostgreSQL', () => postgres.killBackends()),
  'connections exhausted': ({ postgres }, random) =>
    timed('PostgreSQL', () => postgres.exhaust(between(random, EXHAUSTED))),
  'wrong clock': wrongClock,
  'partition cut and drop': (world) => timed('PostgreSQL', () => moveOn(world)),
};

export function between(random: Random, [low, high]: readonly [number, number]): number {
  return low + random.next() * (high - low);
}

async function timed(at: string, work: () => Promise<unknown>): Promise<Harm> {
  const from = wallClock();
  await work();
  return { at, from, to: wallClock() };
}

/** Where others live, the harm is over with the death: they have to see to the rest. Else when it runs again. */
async function killed(
  { fleet }: World,
  random: Random,
  kill: (victim: ServerProcess) => Promise<void>,
): Promise<Harm> {
  const victim = fleet.pick(random);
  if (!victim) return timed('nobody', async () => undefined);
  await kill(victim);
  const from = wallClock();
  const isAlone = fleet.alive.length === 0;
  await pause(between(random, DOWN));
  await fleet.start(victim.name);
  return { at: victim.name, from, to: isAlone ? wallClock() : from };
}

async function stopped(
  world: World,
  random: Random,
  choose: (world: World) => Promise<ServerProcess | undefined>,
): Promise<Harm> {
  const victim = await choose(world);
  return timed(victim?.name ?? 'nobody', async () => {
    victim?.signal('SIGSTOP');
    await pause(between(random, STOPPED));
    victim?.signal('SIGCONT');
  });
}

const BUSIEST = sql(
  'chaos.busiest',
  'SELECT name FROM chaos.holder GROUP BY name ORDER BY count(*) DESC LIMIT 1',
);

/** The process with the most lanes: one without any has nothing to lose. */
async function busiest({ fleet, database }: World): Promise<ServerProcess | undefined> {
  const [row] = await database.query<{ name: string }>(BUSIEST).catch(() => []);
  return fleet.alive.find(({ name }) => name === row?.name) ?? fleet.alive[0];
}

/** Its clock is an hour wrong until the round is over. */
async function wrongClock({ fleet }: World, random: Random): Promise<Harm> {
  const victim = fleet.pick(random);
  return timed(victim?.name ?? 'nobody', async () => {
    await victim?.end();
    if (victim) await fleet.start(victim.name, random.chance(0.5) ? HOUR : -HOUR);
  });
}

/** Longer than a round takes: what is older belongs to an earlier one. */
const FRESH = sql(
  'chaos.fresh',
  `SELECT EXISTS (SELECT FROM event e, event_position s WHERE e.position < (partition_of(s.last_value)::bigint << 32)
                     AND e.appended_at > now() - interval '90 seconds') AS is`,
);

/**
 * Whatever earlier rounds appended goes, as retention has it go; what this one appends goes on in another partition. When
 * something has cut the log in this round already, nothing goes: it would be lost by right.
 */
async function moveOn({ database }: World): Promise<void> {
  await using session = await database.session('retention');
  const options = { retentionDays: 0, graceMs: 0, log: openLog({ level: 'error' }) };
  const [fresh] = await session.query<{ is: boolean }>(FRESH);
  if (fresh?.is === false) {
    await announcePassed(session, options);
    await dropAnnounced(session, options);
  }
  const { number } = await partitionInUse(session, 0);
  await cut(session, number);
}
