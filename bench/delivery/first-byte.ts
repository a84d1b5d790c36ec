import { randomUUID } from 'node:crypto';
import type { ResultRow } from '../../scripts/stress/results.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { appendAndCommit } from '../../src/events/queries.ts';
import { pause } from '../../src/lib/time.ts';
import { describe, median, quantile } from './numbers.ts';
import { makeEvent, type Stage } from './stage.ts';

const PER_SECOND = 200;
const WINDOW_SECONDS = 3;
const PAIRS = 10;
/** A resource that nobody subscribes to: the engine reads these events as well, and sends nothing. */
const UNWANTED = 'urn:altinn:resource:company-tax-status';

interface Window {
  /** Milliseconds from the commit's return to the first byte at the receiver. */
  readonly latencies: number[];
}

/**
 * Commit to first byte at the receiver, at a fixed arrival rate: as the product delivers, and as the same process would
 * with a bare POST right after its COMMIT has returned. Windows alternate in one run.
 */
export async function measureFirstByte(stage: Stage): Promise<ResultRow[]> {
  const ours: Window[] = [];
  const floor: Window[] = [];
  const delivery = await stage.startDelivery();
  try {
    await window(stage, undefined);
    await window(stage, (event) => stage.post({ event }));
    for (let pair = 0; pair < PAIRS; pair++) {
      ours.push(await window(stage, undefined));
      floor.push(await window(stage, (event) => stage.post({ event })));
    }
  } finally {
    await delivery[Symbol.asyncDispose]();
  }
  return rowsOf(ours, floor);
}

/** Publishes for a window; `post` sends by hand, otherwise the engine does. */
async function window(
  stage: Stage,
  post: ((event: EventDraft) => Promise<void>) | undefined,
): Promise<Window> {
  const committed = new Map<string, bigint>();
  const began = performance.now();
  const under = new Set<Promise<void>>();
  const count = PER_SECOND * WINDOW_SECONDS;
  for (let n = 0; n < count; n++) {
    await pause(Math.max(0, began + (n * 1000) / PER_SECOND - performance.now()));
    const event = makeEvent(randomUUID(), post && { resource: UNWANTED });
    const published = publish(stage, event, { committed, post });
    under.add(published);
    void published.finally(() => under.delete(published));
  }
  await Promise.all(under);
  const arrivals = await stage.sink.takeAll(count);
  return {
    latencies: [...committed].map(([id, at]) => Number((arrivals.get(id) ?? 0n) - at) / 1e6),
  };
}

async function publish(
  { ground }: Stage,
  event: EventDraft,
  how: { committed: Map<string, bigint>; post: ((event: EventDraft) => Promise<void>) | undefined },
): Promise<void> {
  await ground.database.transaction((transaction) => appendAndCommit(transaction, [event]));
  how.committed.set(event.id, process.hrtime.bigint());
  ground.bus.grown();
  await how.post?.(event);
}

function rowsOf(ours: readonly Window[], floor: readonly Window[]): ResultRow[] {
  const rows: ResultRow[] = [];
  const at = (windows: readonly Window[], share: number) =>
    windows.map((one) => quantile(one.latencies, share));
  for (const [name, share, bar] of [
    ['p50', 0.5, 2.5],
    ['p95', 0.95, null],
    ['p99', 0.99, 5],
  ] as const) {
    const [mine, bare] = [at(ours, share), at(floor, share)];
    const ratios = mine.map((value, index) => value / bare[index]!);
    const ratio = median(ratios);
    rows.push(
      { name: `first byte, ${name}, ours`, bar: null, value: median(mine), unit: 'ms', holds: null },
      { name: `first byte, ${name}, floor`, bar: null, value: median(bare), unit: 'ms', holds: null },
      {
        name: `first byte, ${name}, ours to floor (${describe(ratios)})`,
        bar: bar === null ? null : `at most ${bar}`,
        value: ratio,
        unit: 'ratio',
        holds: bar === null ? null : ratio <= bar,
      },
    );
  }
  return rows;
}
