import { loadavg } from 'node:os';
import { medianInterval } from '../../scripts/stress/percentiles.ts';
import { describeRun, type ResultRow, type Results } from '../../scripts/stress/results.ts';
import type { AccessQuestion, Identity } from '../../src/access/ports.ts';
import type { Database } from '../../src/db/database.ts';
import { monotonic } from '../../src/lib/time.ts';
import { openEpochs } from '../../src/reading/epochs.ts';
import { Feed } from '../../src/reading/feed.ts';
import { Freshness } from '../../src/reading/freshness.ts';
import type { LogFilter } from '../../src/reading/queries.ts';
import { openGround } from '../dialogs/ground.ts';
import { FEW, fillLog, MANY, RESOURCES, resourceOf, SUBJECTS, subjectOf } from './fill.ts';

const PAIRS = 100;
const BAR = 1.2;
const SIZE = 50;
/** A page ends when it has looked at so many rows. */
const SCAN = 5000;
/** A caller who may see little may see one dialog in so many events. */
const RARE = 1000;
const ALL: Identity = { scopes: [], level: 3 };
const LITTLE: Identity = { scopes: [], level: 4 };

/** One of the two logs. */
interface Side {
  readonly feed: Feed;
  readonly count: number;
  readonly first: number;
  readonly cursorOf: (position: number) => string;
}

interface Reading {
  readonly identity: Identity;
  readonly filter: LogFilter;
  /** Events of the log that lie between two that are found. */
  readonly every: (side: Side) => number;
  /** Events that a page takes up in the log. */
  readonly span: (side: Side) => number;
  /** What a page costs is divided by: rows that come, or rows that are looked at. */
  readonly per: 'row returned' | 'row looked at';
}

const READINGS: Readonly<Record<string, Reading>> = {
  'no filter': reading({ filter: {}, every: () => 1 }),
  [`a resource, 1 in ${RESOURCES}`]: reading({ filter: { resource: resourceOf(7) }, every: () => RESOURCES }),
  [`a subject, 1 in ${SUBJECTS[MANY]} (few: 1 in ${SUBJECTS[FEW]})`]: reading({
    filter: { subject: subjectOf(7) },
    every: ({ count }) => SUBJECTS[count]!,
  }),
  [`a caller who may see 1 in ${RARE}`]: {
    ...{ identity: LITTLE, filter: {}, every: () => 1, span: () => SCAN, per: 'row looked at' },
  },
};

function reading({ filter, every }: Pick<Reading, 'filter' | 'every'>): Reading {
  return { identity: ALL, filter, every, span: (side) => SIZE * every(side), per: 'row returned' };
}

const PLACES: Readonly<Record<string, (side: Side, span: number) => number>> = {
  first: ({ first }) => first - 1,
  middle: ({ first, count }) => first + count / 2,
  last: ({ first, count }, span) => first + count - 1 - span,
};

/** A page of the feed among ten thousand events and among ten million, side by side. */
export async function benchFeed(): Promise<Results> {
  await using ground = await openGround();
  const before = loadavg();
  const [few, many] = [(await ground.open('few')).database, (await ground.open('many')).database];
  const sides = [await openSide(few, FEW), await openSide(many, MANY)] as const;
  const filled = loadavg();
  const rows: ResultRow[] = [];
  for (const [name, what] of Object.entries(READINGS))
    for (const place of Object.keys(PLACES))
      rows.push(...(await compare(`${name}, ${place} page`, { what, place, sides })));
  const run = { loadAverage: { before, filled, after: loadavg() }, pairs: PAIRS, size: SIZE, durable: true };
  return { ...(await describeRun(many)), run, rows };
}

async function openSide(database: Database, count: number): Promise<Side> {
  const first = await fillLog(database, count);
  const epochs = await openEpochs(database, () => [new Uint8Array(32)]);
  const decide = (questions: readonly AccessQuestion[]) =>
    questions.map(({ identity, instance }) => ({
      permitted: identity === ALL || isRare(instance),
      because: 'bench',
    }));
  const access = { version: 0, refresh: async () => undefined };
  const freshness = new Freshness(database, { access, now: monotonic });
  const feed = new Feed({ database, decisions: { decide }, epochs, freshness });
  return { feed, count, first, cursorOf: (position) => epochs.format(position) };
}

const isRare = (instance = '') => Number.parseInt(instance.slice(-6), 16) % RARE === 0;

interface Comparison {
  readonly what: Reading;
  readonly place: string;
  readonly sides: readonly [Side, Side];
}

async function compare(name: string, { what, place, sides }: Comparison): Promise<ResultRow[]> {
  const [few, many] = sides.map((side) => () => read(side, what, PLACES[place]!)) as [
    () => Promise<number>,
    () => Promise<number>,
  ];
  const pairs: [number, number][] = [];
  // The first pairs warm up.
  for (let pair = -5; pair < PAIRS; pair++) {
    const early = pair % 2 === 0 ? await few() : undefined;
    const large = await many();
    if (pair >= 0) pairs.push([early ?? (await few()), large]);
  }
  const ratio = medianInterval(pairs.map(([small, large]) => large / small));
  const plain = (of: string, value: number, unit: string): ResultRow => ({
    ...{ name: `${name}: ${of}`, bar: null, value, unit, holds: null },
  });
  return [
    {
      ...{ name: `${name}: ten million to ten thousand, median of ${PAIRS} pairs`, bar: `at most ${BAR}` },
      ...{ value: ratio.median, unit: `× per ${what.per}`, holds: ratio.median <= BAR },
    },
    plain('95 % interval, low', ratio.low, '×'),
    plain('95 % interval, high', ratio.high, '×'),
    plain('among ten thousand', medianInterval(pairs.map(([small]) => small)).median, `µs per ${what.per}`),
    plain('among ten million', medianInterval(pairs.map(([, large]) => large)).median, `µs per ${what.per}`),
  ];
}

/** Microseconds that a page takes for each of its rows. Throws when the page is neither full nor ended by its budget. */
async function read(side: Side, what: Reading, place: (side: Side, span: number) => number): Promise<number> {
  const from = place(side, what.span(side));
  const began = monotonic();
  const { events } = await side.feed.page({
    ...{ identity: what.identity, filter: what.filter, size: SIZE },
    after: side.cursorOf(from),
  });
  const micros = (monotonic() - began) * 1000;
  if (what.per === 'row looked at') return micros / SCAN;
  if (events.length !== SIZE) throw new Error(`a page has ${events.length} events, not ${SIZE}`);
  return micros / SIZE;
}
