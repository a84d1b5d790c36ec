import { loadavg } from 'node:os';
import { join } from 'node:path';
import { sql } from '../../src/db/database.ts';
import { pause, wallClock } from '../../src/lib/time.ts';
import { until } from '../../test/support/until.ts';
import { Random } from '../stress/random.ts';
import { type Findings, judge, type Judgement } from './checker/judge.ts';
import { OURS } from './faults.ts';
import { Ledger } from './ledger.ts';
import type { Plan } from './plan.ts';
import { type Cast, openCast } from './scene.ts';
import type { Interval } from './subscribers.ts';
import type { World } from './world.ts';
import { runWriters } from './writers.ts';

/** A round that is over. */
export interface Round extends Omit<Judgement, 'findings'> {
  readonly findings: Findings & {
    /** What the house had not brought to an end when all had been whole for half a minute. */
    readonly unfinished: readonly string[];
  };
  readonly number: number;
  readonly plan: Plan;
  /** How long it took, and how much of that to make everybody ready and to come to rest. */
  readonly seconds: { readonly all: number; readonly before: number; readonly after: number };
  /** One-minute load average of the machine. */
  readonly load: number;
  /** Of the ledger, to look into. */
  readonly ledger: string;
}

/** Milliseconds in which everything has to come to its end once all is whole again. */
const PATIENCE = 30_000;
const LOOK = 100;

const HEAD = sql('chaos.head', 'SELECT max(position)::float8 AS position FROM event');
const FORGET = sql('chaos.forget', 'WITH gone AS (DELETE FROM chaos.takeover) DELETE FROM chaos.breach');
/** What the house itself says is left to do. */
const UNFINISHED = sql(
  'chaos.unfinished',
  `SELECT format('lane %s stands at %s', l.lane, l.cursor) AS what FROM lane l
    WHERE l.cursor < $1 AND EXISTS (SELECT FROM subscription s WHERE s.lane = l.lane AND s.deleted_at IS NULL AND s.state = 'active')
    UNION ALL
   SELECT format('subscription %s has a position of its own, %s', s.id, o.position) FROM own_position o
     JOIN subscription s ON s.id = o.subscription WHERE s.deleted_at IS NULL AND s.state = 'active'
    UNION ALL
   SELECT format('subscription %s has %s parked at %s until %s', s.id, p.order_key, p.head, p.next_at) FROM parked_dialog p
     JOIN subscription s ON s.id = p.subscription WHERE s.deleted_at IS NULL AND s.state = 'active'`,
);

/** Plays one round to its end: what is planned happens, everything is made whole, what is due comes, a judge looks. */
export async function playRound(world: World, number: number, plan: Plan): Promise<Round> {
  const began = wallClock();
  const random = new Random(plan.seed);
  const { database } = world;
  await world.fleet.resize(plan.processes);
  using ledger = new Ledger(join(world.directory, `round-${number}.jsonl`));
  await database.query(FORGET);
  const from = (await headOf(world)) ?? 0;
  ledger.write({ kind: 'round', number, from });
  const ended = await openCast({ role: 'ended', format: 'structured' }, world.subscribers, random);
  const cast = [...world.standing, ended];
  const ready = wallClock();
  try {
    for (const one of cast) enter(one, ledger);
    await disturb(world, { plan, ledger, random, ended, number });
    const over = wallClock();
    await world.fleet.whole();
    const unfinished = await settled(world);
    for (const { endpoint } of cast) endpoint.turnTo(ledger);
    const judgement = await judge(ledger.path, world.postgres.url('judge'));
    const seconds = inSeconds({ all: wallClock() - began, before: ready - began, after: wallClock() - over });
    const findings = { ...judgement.findings, unfinished };
    if (plan.endedBy === 'its endpoint') await world.subscribers.end(ended.subscription);
    return { ...judgement, findings, number, plan, seconds, load: loadavg()[0]!, ledger: ledger.path };
  } finally {
    await ended.endpoint[Symbol.asyncDispose]();
  }
}

function inSeconds(times: Round['seconds']): Round['seconds'] {
  const { all, before, after } = times;
  const short = (milliseconds: number) => Math.round(milliseconds / 100) / 10;
  return { all: short(all), before: short(before), after: short(after) };
}

function enter({ endpoint, subscription, role, resource, subject }: Cast, ledger: Ledger): void {
  endpoint.turnTo(ledger);
  ledger.write({ kind: 'subscription', subscription, role, resource, subject });
}

interface Disturbed {
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly ended: Cast;
  readonly number: number;
}

/** Everything that is planned, at its time, while events are published. */
async function disturb(world: World, { plan, ledger, random, ended, number }: Disturbed): Promise<void> {
  const { fleet, database, bus, subscribers } = world;
  const quiet = new AbortController();
  const writing = runWriters({ fleet, database, bus, ledger, random, round: number, signal: quiet.signal });
  const granted = world.standing.find(({ role }) => role === 'revoked')!.subscription;
  const ours = async () => {
    for (const { name, at } of plan.ours) {
      await pause(began + at - wallClock());
      const harm = await OURS[name]!(world, random);
      ledger.write({ kind: 'fault', whose: 'ours', name, ...harm });
    }
  };
  const began = wallClock();
  const endedInTime = async () => {
    await pause(plan.ended);
    const { subscription } = ended;
    const when = plan.endedBy === 'deletion' ? subscribers.end(subscription) : disabled(world, ended);
    ledger.write({ kind: 'change', what: 'ended', subscription, ...(await when) });
  };
  const revokedForAWhile = async () => {
    await pause(plan.revoked);
    ledger.write({ kind: 'change', what: 'revoked', subscription: granted, ...(await subscribers.revoke()) });
    await pause(began + plan.granted - wallClock());
    ledger.write({ kind: 'change', what: 'granted', subscription: granted, ...(await subscribers.grant()) });
  };
  await Promise.all([
    ours(),
    endedInTime(),
    revokedForAWhile(),
    pausedForAWhile(world, ledger, plan),
    ...plan.receivers.map((fault) => misbehave(world, ledger, fault)),
    pause(plan.quiet),
  ]);
  quiet.abort();
  await writing;
}

async function pausedForAWhile({ standing, subscribers }: World, ledger: Ledger, plan: Plan): Promise<void> {
  const { subscription } = standing.find(({ role }) => role === 'paused')!;
  await pause(plan.paused);
  ledger.write({ kind: 'change', what: 'paused', subscription, ...(await subscribers.pause(subscription)) });
  await pause(plan.resumed - plan.paused);
  ledger.write({
    kind: 'change',
    what: 'resumed',
    subscription,
    ...(await subscribers.resume(subscription)),
  });
}

const STATE = sql('chaos.state', 'SELECT state FROM subscription WHERE id = $1');
/** Milliseconds after which every process has taken in that a subscription was disabled. */
const TAKEN_IN = 300;

/** The endpoint answers 410 from now on, until its subscription has been disabled for that. */
async function disabled({ database }: World, { endpoint, subscription }: Cast): Promise<Interval> {
  const asked = wallClock();
  await endpoint.misbehave('gone for good');
  const isDisabled = async () =>
    (await database.query<{ state: string }>(STATE, [subscription]))[0]?.state === 'disabled';
  await until(`subscription ${subscription} is disabled`, isDisabled, { timeout: PATIENCE });
  await pause(TAKEN_IN);
  return { asked, answered: wallClock() };
}

async function misbehave(world: World, ledger: Ledger, planned: Plan['receivers'][number]): Promise<void> {
  const { endpoint, subscription } = world.standing.filter(({ role }) => role === 'faulty')[
    planned.endpoint
  ]!;
  await pause(planned.from);
  const from = wallClock();
  await endpoint.misbehave(planned.fault);
  await pause(planned.to - planned.from);
  await endpoint.behave();
  const at = `subscription ${subscription}`;
  ledger.write({ kind: 'fault', whose: 'receiver', name: planned.fault, at, from, to: wallClock() });
}

/** Waits until the house says that nothing is left to do; gives what is, when it does not come to rest. */
async function settled(world: World): Promise<string[]> {
  const deadline = wallClock() + PATIENCE;
  const head = await headOf(world);
  for (;;) {
    const left = await world.database
      .query<{ what: string }>(UNFINISHED, [head])
      .catch((thrown: unknown) => [{ what: String(thrown) }]);
    if (left.length === 0 || wallClock() > deadline) return left.map(({ what }) => what);
    await pause(LOOK);
  }
}

async function headOf({ database }: World): Promise<number | null> {
  for (let tries = 0; ; tries++) {
    try {
      return (await database.query<{ position: number | null }>(HEAD))[0]!.position;
    } catch (thrown) {
      if (tries === 20) throw thrown;
      await pause(LOOK);
    }
  }
}
