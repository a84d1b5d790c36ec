import { randomUUID } from 'node:crypto';
import { loadavg } from 'node:os';
import { describeRun, type ResultRow, type Results } from '../../scripts/stress/results.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { appendAndCommit } from '../../src/events/queries.ts';
import { describe, median } from './numbers.ts';
import { openGraphileWorker, type Queue } from './others.ts';
import { IN_FLIGHT, makeEvent, openStage, type Stage } from './stage.ts';

const ROUNDS = 5;
const SUBSCRIBERS = 100;
const EVENTS = 100;
const TYPE = 'no.agency.told.to.a.hundred';
const PATHS = Array.from({ length: SUBSCRIBERS }, (_, number) => `/${number}`);

interface Round {
  /** Deliveries a second, from the first event's publishing to the last arrival. */
  readonly rate: number;
  /** Microseconds of this process for each delivery. */
  readonly cpu: number;
}

/**
 * One event to a hundred subscriptions, a hundred times: ours, durable; the bare pool, which only sends; and
 * graphile-worker with the same pool, which must write a hundred jobs for each event.
 */
export async function benchFanOut(): Promise<Results> {
  await using stage = await openStage();
  const loadAverage = loadavg()[0] ?? 0;
  const rounds: Record<string, Round[]> = { ours: [], bare: [], worker: [] };
  await using delivery = await stage.startDelivery();
  const origin = new URL(stage.sink.url).origin;
  await Promise.all(PATHS.map((path) => delivery.subscribe({ typeFilter: TYPE, endPoint: origin + path })));
  await delivery.keepsUp();
  await using queue = await openGraphileWorker(stage);
  // The first round of each warms up and does not count.
  for (let round = -1; round < ROUNDS; round++) {
    const measured = {
      ours: await ours(stage),
      bare: await bare(stage),
      worker: await viaQueue(stage, queue),
    };
    if (round >= 0) for (const [side, one] of Object.entries(measured)) rounds[side]!.push(one);
  }
  const rows = rowsOf(rounds);
  return { ...(await describeRun(stage.ground.database)), run: { loadAverage }, rows };
}

/** Until all have arrived that come of the work. */
async function measure(stage: Stage, work: () => Promise<unknown>): Promise<Round> {
  await stage.sink.take();
  const count = SUBSCRIBERS * EVENTS;
  const cpu = process.cpuUsage();
  const began = process.hrtime.bigint();
  await work();
  const arrivals = await stage.sink.takeAll(count);
  const { user, system } = process.cpuUsage(cpu);
  const ended = [...arrivals.values()].reduce((one, other) => (one > other ? one : other));
  return { rate: (count * 1e9) / Number(ended - began), cpu: (user + system) / count };
}

const makeEvents = () => Array.from({ length: EVENTS }, () => makeEvent(randomUUID(), { type: TYPE }));
const toJobs = (event: EventDraft) => PATHS.map((path) => ({ event, path }));

function ours(stage: Stage): Promise<Round> {
  const { database, bus } = stage.ground;
  return measure(stage, async () => {
    for (const event of makeEvents()) {
      await database.transaction((transaction) => appendAndCommit(transaction, [event]));
      bus.grown();
    }
  });
}

function bare(stage: Stage): Promise<Round> {
  const jobs = makeEvents().flatMap(toJobs);
  const work = async () => {
    for (let job = jobs.pop(); job; job = jobs.pop()) await stage.post(job);
  };
  return measure(stage, () => Promise.all(Array.from({ length: IN_FLIGHT }, work)));
}

async function viaQueue(stage: Stage, queue: Queue): Promise<Round> {
  const working = await queue.work((job) => stage.post(job));
  try {
    return await measure(stage, async () => {
      for (const event of makeEvents()) await queue.fill(toJobs(event));
    });
  } finally {
    await working[Symbol.asyncDispose]();
  }
}

function rowsOf(rounds: Record<string, Round[]>): ResultRow[] {
  const none = { bar: null, holds: null };
  const rows = Object.entries(rounds).flatMap(([side, of]): ResultRow[] => [
    { name: `fan-out, ${side}`, ...none, value: median(of.map(({ rate }) => rate)), unit: 'deliveries/s' },
    { name: `fan-out, ${side}`, ...none, value: median(of.map(({ cpu }) => cpu)), unit: 'CPU-µs each' },
  ]);
  const against = (side: string, bar: number): ResultRow => {
    const ratios = rounds['ours']!.map(({ rate }, index) => rate / rounds[side]![index]!.rate);
    const value = median(ratios);
    return {
      name: `fan-out, ours to ${side} (${describe(ratios)})`,
      ...{ bar: `at least ${bar}`, value, unit: 'ratio', holds: value >= bar },
    };
  };
  return [...rows, against('bare', 0.5), against('worker', 3)];
}
