import type { ResultRow } from '../../scripts/stress/results.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { appendAndCommit } from '../../src/events/queries.ts';
import { describe, median } from './numbers.ts';
import { openGraphileWorker, openPgBoss, type Queue } from './others.ts';
import { IN_FLIGHT, makeEvent, type Stage } from './stage.ts';

const ROUNDS = 5;
const EVENTS = 10_000;
/** The slowest of them needs no more to show its rate. */
const BOSS_EVENTS = 2000;
const DIALOGS = 2000;
const BATCH = 500;

/**
 * Deliveries a second to one receiver, from a backlog: ours, durable; the bare pool; two job queues that would be built
 * upon instead, with the same pool. Rounds alternate in one run.
 */
export async function measureThroughput(stage: Stage): Promise<ResultRow[]> {
  await using worker = await openGraphileWorker(stage);
  await using boss = await openPgBoss(stage);
  const rates: Record<string, number[]> = { ours: [], bare: [], worker: [], boss: [] };
  // The first round of each warms up and does not count.
  for (let round = -1; round < ROUNDS; round++) {
    const measured = {
      ours: await ours(stage),
      bare: await bare(stage),
      worker: await viaQueue(stage, worker, EVENTS),
      boss: await viaQueue(stage, boss, BOSS_EVENTS),
    };
    if (round >= 0) for (const [side, rate] of Object.entries(measured)) rates[side]!.push(rate);
  }
  return rowsOf(rates);
}

async function ours(stage: Stage): Promise<number> {
  // Subscribed and level with the log, then stopped: what is published now waits in the log.
  await (await stage.startDelivery())[Symbol.asyncDispose]();
  await publishAll(stage, makeEvents(EVENTS));
  await stage.sink.take();
  const delivering = stage.startDelivery();
  const arrivals = await stage.sink.takeAll(EVENTS);
  await (await delivering)[Symbol.asyncDispose]();
  return rateOf(arrivals);
}

async function bare(stage: Stage): Promise<number> {
  const events = makeEvents(EVENTS);
  await stage.sink.take();
  const worker = async () => {
    for (let event = events.pop(); event; event = events.pop()) await stage.post({ event });
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return rateOf(await stage.sink.takeAll(EVENTS));
}

async function viaQueue(stage: Stage, queue: Queue, count: number): Promise<number> {
  await queue.fill(makeEvents(count).map((event) => ({ event })));
  await stage.sink.take();
  const working = await queue.work((job) => stage.post(job));
  try {
    return rateOf(await stage.sink.takeAll(count));
  } finally {
    await working[Symbol.asyncDispose]();
  }
}

function makeEvents(count: number): EventDraft[] {
  return Array.from({ length: count }, (_, n) => makeEvent(`dialog-${n % DIALOGS}`));
}

async function publishAll({ ground }: Stage, events: readonly EventDraft[]): Promise<void> {
  for (let at = 0; at < events.length; at += BATCH) {
    await ground.database.transaction((transaction) =>
      appendAndCommit(transaction, events.slice(at, at + BATCH)),
    );
  }
}

/** Messages a second between the first and the last that arrived. */
function rateOf(arrivals: ReadonlyMap<string, bigint>): number {
  const times = [...arrivals.values()].toSorted((a, b) => Number(a - b));
  return ((times.length - 1) * 1e9) / Number(times.at(-1)! - times[0]!);
}

function rowsOf(rates: Record<string, number[]>): ResultRow[] {
  const rate = (name: string, side: string): ResultRow => ({
    ...{
      name: `deliveries per second, ${name}`,
      bar: null,
      value: median(rates[side]!),
      unit: '1/s',
      holds: null,
    },
  });
  const against = (name: string, side: string, bar: number): ResultRow => {
    const ratios = rates['ours']!.map((value, index) => value / rates[side]![index]!);
    const value = median(ratios);
    return {
      name: `deliveries per second, ours to ${name} (${describe(ratios)})`,
      ...{ bar: `at least ${bar}`, value, unit: 'ratio', holds: value >= bar },
    };
  };
  return [
    rate('ours, durable', 'ours'),
    rate('bare undici pool', 'bare'),
    rate('graphile-worker', 'worker'),
    rate('pg-boss', 'boss'),
    against('a bare undici pool', 'bare', 0.5),
    against('graphile-worker', 'worker', 2),
    against('pg-boss', 'boss', 10),
  ];
}
