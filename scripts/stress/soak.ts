import { randomUUID } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { pause } from '../../src/lib/time.ts';
import { OWNER } from '../chaos/subscribers.ts';
import { answer } from '../chaos/manners.ts';
import { Endpoint } from '../chaos/receiver.ts';
import { RESOURCE } from '../chaos/registry.ts';
import { plain } from './log-report.ts';
import { openOneProcess, type OneProcess } from './one-process.ts';
import { percentiles } from './percentiles.ts';
import { printRows } from './print.ts';
import { Probe } from './probe.ts';
import { Random } from './random.ts';
import { describeRun, type ResultRow, type Results } from './results.ts';
import { tableSizes, type TableSize } from './tables.ts';

export interface SoakOptions {
  readonly minutes: number;
}

/** What the process and its tables take at one moment. */
interface Reading {
  readonly memory: number;
  readonly sockets: number;
  readonly tables: ReadonlyMap<string, TableSize>;
}

/** Shares of the time at which is read: 5, 15 and 30 minutes of 30. */
const MARKS = [1 / 6, 1 / 2, 1];
const TYPE = 'no.example.soak.v1';
/** Milliseconds between two events that are published over HTTP. */
const PACE = 100;
const PATCH_EVERY = 5;
/** By how much memory may be above the first reading: the heap breathes. */
const BREATH = 1.25;
/** Sockets more than at the first reading: connections come and go. */
const SOCKETS_MORE = 8;
/** Rows of what is under way; more than this of it is a leak. */
const UNDER_WAY_MORE = 100;
/** KiB that its tables may grow: what is dead is reused, or there would be tens of MiB of it. */
const UNDER_WAY_GROWTH = 4096;
const UNDER_WAY = ['outcome', 'own_position', 'parked_dialog'];

/** A steady rate for a long time, with an endpoint that refuses now and then and one that is slow: what grows? */
export async function stressSoak({ minutes }: SoakOptions): Promise<Results> {
  await using house = await openOneProcess();
  const probe = await Probe.open(house, 'no.example.probe.v1');
  await openTroubled(house);
  const ended = new AbortController();
  const working = [probe.measure(ended.signal), publish(house, ended.signal)] as const;
  const readings: Reading[] = [];
  let passed = 0;
  for (const mark of MARKS) {
    await pause((mark - passed) * minutes * 60_000);
    passed = mark;
    readings.push(await read(house));
  }
  ended.abort();
  const [latencies, published] = await Promise.all(working);
  const { p50, p99 } = percentiles(latencies);
  const rows = [
    plain('published over HTTP', published, 'events'),
    plain('delivered to the endpoints that are well', latencies.length, 'events'),
    ...[plain('commit to them, p50', p50, 'ms'), plain('commit to them, p99', p99, 'ms')],
    ...readingRows(readings, minutes),
    ...tableRows(readings),
  ];
  printRows(rows);
  return { ...(await describeRun(house.database)), run: { minutes }, rows };
}

/** One that refuses one in fifty and one that takes a third of a second. */
async function openTroubled({ disposals, subscribers }: OneProcess): Promise<void> {
  const random = new Random(7);
  const manners = [
    () => answer(random.chance(0.02) ? 500 : 200),
    () => async (exchange: Parameters<ReturnType<typeof answer>>[0]) => {
      await pause(330);
      await answer(200)(exchange);
    },
  ];
  for (const manner of manners) {
    const endpoint = disposals.use(await Endpoint.open({ random, manner }));
    await subscribers.subscribe(endpoint.url);
  }
}

/** Events from outside and changes of one dialog at a steady rate; gives how many there were. */
async function publish({ process }: OneProcess, signal: AbortSignal): Promise<number> {
  const dialogs = '/dialogporten/api/v1/serviceowner/dialogs';
  const content = { title: { value: [{ languageCode: 'nb', value: 'Lenge' }] } };
  const party = 'urn:altinn:organization:identifier-no:310923044';
  const ask = (method: string, path: string, body: unknown, mediaType?: string) =>
    process.api.ask(OWNER, { method, path, body, ...(mediaType !== undefined && { mediaType }) });
  const made = await ask('POST', dialogs, { serviceResource: RESOURCE, party, content });
  let published = 0;
  for (let number = 0; !signal.aborted; number++) {
    await pause(PACE, signal);
    const [id, resourceinstance] = [randomUUID(), `soak-${number % 50}`];
    const event = {
      specversion: '1.0',
      id,
      type: TYPE,
      source: 'https://example.com/soak',
      resource: RESOURCE,
    };
    const answered =
      number % PATCH_EVERY === 0
        ? await ask('PATCH', `${dialogs}/${String(made.body)}`, [
            { op: 'add', path: '/externalReference', value: id },
          ])
        : await ask(
            'POST',
            '/events/api/v1/events',
            { ...event, resourceinstance, subject: party },
            'application/cloudevents+json',
          );
    if (answered.status < 300) published++;
  }
  return published;
}

async function read({ process, database }: OneProcess): Promise<Reading> {
  const status = await readFile(`/proc/${process.pid}/status`, 'utf8');
  const memory = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  const files = `/proc/${process.pid}/fd`;
  const links = await Promise.all(
    (await readdir(files)).map((file) => readlink(`${files}/${file}`).catch(() => '')),
  );
  const sockets = links.filter((link) => link.startsWith('socket:')).length;
  return { memory, sockets, tables: await tableSizes(database) };
}

function* readingRows(readings: readonly Reading[], minutes: number): Iterable<ResultRow> {
  for (const [index, { memory, sockets }] of readings.entries()) {
    const at = `after ${Math.round(MARKS[index]! * minutes * 10) / 10} minutes`;
    yield plain(`memory ${at}`, memory, 'MiB');
    yield plain(`sockets ${at}`, sockets, 'sockets');
  }
  const [first, last] = [readings[0]!, readings.at(-1)!];
  const ratio = last.memory / first.memory;
  const more = last.sockets - first.sockets;
  yield {
    name: 'memory, last to first',
    bar: `at most ${BREATH}`,
    value: ratio,
    unit: '×',
    holds: ratio <= BREATH,
  };
  yield {
    name: 'sockets, more',
    bar: `at most ${SOCKETS_MORE}`,
    value: more,
    unit: 'sockets',
    holds: more <= SOCKETS_MORE,
  };
}

/** Tables that tell of what was grow with it, for as long as they are kept; those of what is under way must not. */
function* tableRows(readings: readonly Reading[]): Iterable<ResultRow> {
  const [first, last] = [readings[0]!, readings.at(-1)!];
  for (const [name, { rows, bytes }] of last.tables) {
    const before = first.tables.get(name) ?? { rows: 0, bytes: 0 };
    if (!UNDER_WAY.includes(name) && rows === before.rows && bytes === before.bytes) continue;
    const isBound = UNDER_WAY.includes(name);
    const growth = (bytes - before.bytes) / 1024;
    yield {
      ...plain(`${name}: more bytes from the first to the last reading`, growth, 'KiB'),
      ...(isBound && { bar: `at most ${UNDER_WAY_GROWTH}`, holds: growth <= UNDER_WAY_GROWTH }),
    };
    const more = rows - before.rows;
    yield {
      ...plain(`${name}: more rows from the first to the last reading`, more, 'rows'),
      ...(isBound && { bar: `at most ${UNDER_WAY_MORE}`, holds: more <= UNDER_WAY_MORE }),
    };
  }
}
