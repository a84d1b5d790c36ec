import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { describeRun, type ResultRow, type Results } from '../../scripts/stress/results.ts';
import { sql } from '../../src/db/database.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { appendAndCommit } from '../../src/events/queries.ts';
import { Disposals } from '../../src/lib/disposals.ts';
import { pause } from '../../src/lib/time.ts';
import { describe, median, quantile } from './numbers.ts';
import { type Delivery, makeEvent, openStage, type Stage } from './stage.ts';

const QUIET = 10;
const DEAD = 1000;
/** Events a second: of each quiet owner, of the loud one, and those that go to every dead endpoint. */
const RATES = { quiet: 2, loud: 200, dead: 1 };
/** Two hundred quiet events in each window, so that its p99 is not one event's bad luck. */
const WINDOW_SECONDS = 10;
const PAIRS = 6;
const MOST = 2;
const TYPES = { quiet: 'no.agency.quiet', loud: 'no.agency.loud', dead: 'no.agency.dead' };
type Noise = 'loud' | 'dead';

// They were validated, and died afterwards.
const VALIDATE = sql(
  'bench.validate',
  `UPDATE subscription SET validated = true, handshake_at = NULL, version = bump_version('subscription')
    WHERE type_filter = $1`,
);

/**
 * What quiet owners wait from the commit to the first byte, while one owner has a hundred times the traffic of each, and
 * while a thousand endpoints are dead: half of them refuse connections, half take them and never answer.
 */
export async function benchIsolation(): Promise<Results> {
  await using stage = await openStage();
  const loadAverage = loadavg()[0] ?? 0;
  await using disposals = new Disposals();
  const delivery = disposals.use(await stage.startDelivery());
  await subscribeAll(stage, delivery);
  const loud = await measure(stage, 'loud');
  await bury(stage, delivery, disposals);
  const dead = await measure(stage, 'dead');
  const rows = [
    ...describeNoise(loud, 'one owner at 100×'),
    ...describeNoise(dead, `${DEAD} dead endpoints`),
    // What the dead leave behind reaches into the windows beside theirs; not into those from before they were there.
    toBar(
      `isolation, ${DEAD} dead endpoints, to before they were there`,
      median(dead.beside) / median(loud.alone),
    ),
  ];
  return { ...(await describeRun(stage.ground.database)), run: { loadAverage }, rows };
}

async function subscribeAll({ sink }: Stage, delivery: Delivery): Promise<void> {
  const { origin } = new URL(sink.url);
  for (let number = 0; number < QUIET; number++) {
    const wish = { typeFilter: `${TYPES.quiet}.${number}`, endPoint: `${origin}/quiet/${number}` };
    await delivery.subscribe({ ...wish, consumer: `/org/quiet-${number}` });
  }
  await delivery.subscribe({ typeFilter: TYPES.loud, endPoint: `${origin}/loud`, consumer: '/org/loud' });
  await delivery.keepsUp();
}

/** Subscribes endpoints that are dead, each an origin of its own. */
async function bury(stage: Stage, delivery: Delivery, disposals: Disposals): Promise<void> {
  for (let number = 0; number < DEAD; number++) {
    const address = `127.1.${number >> 8}.${number & 255}`;
    const port = number % 2 === 0 ? await hangAt(address, disposals) : 9;
    const wish = { typeFilter: TYPES.dead, endPoint: `http://${address}:${port}/` };
    await delivery.subscribe({ ...wish, consumer: `/org/dead-${number}` });
  }
  await stage.ground.database.query(VALIDATE, [TYPES.dead]);
  await pause(WINDOW_SECONDS * 1000);
}

/** The port of a server that takes connections and says nothing. */
async function hangAt(address: string, disposals: Disposals): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    disposals.defer(() => socket.destroy());
  });
  server.listen(0, address);
  await once(server, 'listening');
  disposals.defer(() => server.close());
  const bound = server.address();
  return typeof bound === 'object' && bound ? bound.port : 0;
}

/** The quiet owners' p99 of each window, in turn with nothing beside and with the noise, in milliseconds. */
interface Windows {
  readonly alone: readonly number[];
  readonly beside: readonly number[];
}

async function measure(stage: Stage, noise: Noise): Promise<Windows> {
  await window(stage, noise);
  const [alone, beside]: [number[], number[]] = [[], []];
  for (let pair = 0; pair < PAIRS; pair++) {
    alone.push(quantile(await window(stage, undefined), 0.99));
    beside.push(quantile(await window(stage, noise), 0.99));
  }
  return { alone, beside };
}

function describeNoise({ alone, beside }: Windows, name: string): ResultRow[] {
  const ratios = beside.map((value, index) => value / alone[index]!);
  const none = { bar: null, holds: null, unit: 'ms' };
  return [
    { name: `isolation, quiet owners' p99, nothing beside (${name})`, ...none, value: median(alone) },
    { name: `isolation, quiet owners' p99, ${name}`, ...none, value: median(beside) },
    toBar(`isolation, ${name}, to nothing beside (${describe(ratios)})`, median(ratios)),
  ];
}

function toBar(name: string, value: number): ResultRow {
  return { name, bar: `at most ${MOST}`, value, unit: 'ratio', holds: value <= MOST };
}

/** Milliseconds from commit to first byte of each quiet event of a window; with noise, its events between them. */
async function window(stage: Stage, noise: Noise | undefined): Promise<number[]> {
  const committed = new Map<string, bigint>();
  let turn = 0;
  const quiet = publishAt(stage, RATES.quiet * QUIET, () => {
    const number = turn++ % QUIET;
    const event = makeEvent(randomUUID(), { type: `${TYPES.quiet}.${number}` });
    return { event, told: () => committed.set(`${event.id}/quiet/${number}`, process.hrtime.bigint()) };
  });
  // Each of a dialog of its own: a dialog that is parked would keep the others of it from a dead endpoint.
  const noisy =
    noise &&
    publishAt(stage, RATES[noise], () => ({ event: makeEvent(randomUUID(), { type: TYPES[noise] }) }));
  await Promise.all([quiet, noisy]);
  const arrivals = await stage.sink.takeThese(committed.keys());
  return [...committed].map(([key, at]) => Number(arrivals.get(key)! - at) / 1e6);
}

interface Publishing {
  readonly event: EventDraft;
  /** It is committed. */
  readonly told?: () => void;
}

/** Publishes for a window at a fixed rate, however long each takes. */
async function publishAt({ ground }: Stage, perSecond: number, next: () => Publishing): Promise<void> {
  const began = performance.now();
  const under: Promise<void>[] = [];
  for (let n = 0; n < perSecond * WINDOW_SECONDS; n++) {
    await pause(Math.max(0, began + (n * 1000) / perSecond - performance.now()));
    const { event, told } = next();
    const committed = ground.database.transaction((transaction) => appendAndCommit(transaction, [event]));
    under.push(
      committed.then(() => {
        told?.();
        ground.bus.grown();
      }),
    );
  }
  await Promise.all(under);
}
