import { type Queries, type Statement, sql } from '../../src/db/database.ts';
import { createDialog } from '../../src/dialogs/create.ts';
import { getForEndUser } from '../../src/dialogs/get-for-end-user.ts';
import { getForOwner } from '../../src/dialogs/get-for-owner.ts';
import type { DialogsOptions } from '../../src/dialogs/options.ts';
import { searchForEndUser, searchForOwner } from '../../src/dialogs/search.ts';
import { monotonic } from '../../src/lib/time.ts';
import { medianInterval } from '../../scripts/stress/percentiles.ts';
import type { ResultRow } from '../../scripts/stress/results.ts';
import { differencesOf, fill } from './fill.ts';
import { CALLER, COMPANY, READER, SERVICE } from './ground.ts';
import { newDialog } from './publishing.ts';

const FEW = 1000;
const MANY = 1_000_000;
const PAIRS = 200;
const PAGE = 10;
const LAST = 100;

/** One of the two stores, and what it is asked for. */
interface Side {
  readonly dialogs: DialogsOptions;
  /** Dialogs that are read one after the other. */
  readonly ids: string[];
  /** Where the last page that is measured begins, by list. */
  readonly tokens: Map<string, string | undefined>;
}

type Read = (side: Side) => Promise<unknown>;

/** Reading one and a page, among a thousand dialogs and among a million, in turn. */
export async function measureReading(few: DialogsOptions, many: DialogsOptions): Promise<ResultRow[]> {
  const sides = [await openSide(few, FEW), await openSide(many, MANY)] as const;
  const rows: ResultRow[] = [];
  for (const [name, read] of Object.entries(READS)) {
    rows.push(...(await compare(name, read, sides)), await scansOf(name, read, sides[1]));
  }
  return rows;
}

async function openSide(dialogs: DialogsOptions, count: number): Promise<Side> {
  const { database } = dialogs;
  const template = await createTemplate(dialogs);
  await fill(database, template, count);
  const differences = await differencesOf(database, template);
  if (differences.length > 0) throw new Error(`filled and written differ in ${differences.join(', ')}`);
  const side: Side = { dialogs, ids: await someIds(database), tokens: new Map() };
  for (const list of [byParty, byResource]) side.tokens.set(list.name, await lastToken(side, list));
  return side;
}

async function createTemplate(dialogs: DialogsOptions): Promise<string> {
  const activities = [{ type: 'DialogCreated', performedBy: { actorType: 'ServiceOwner' } }] as const;
  const input = newDialog({ activities });
  return (await createDialog(dialogs, { caller: CALLER, input, silent: false, trace: null })).id;
}

function byParty({ dialogs }: Side, continuationToken?: string) {
  const asked = { identity: READER, filter: { party: [COMPANY] }, languages: undefined, limit: PAGE };
  return searchForEndUser(dialogs, { ...asked, continuationToken });
}

function byResource({ dialogs }: Side, continuationToken?: string) {
  const asked = { caller: CALLER, identity: READER, filter: { serviceResource: [SERVICE] }, limit: PAGE };
  return searchForOwner(dialogs, { ...asked, continuationToken });
}

async function lastToken(side: Side, list: typeof byParty | typeof byResource): Promise<string | undefined> {
  let token: string | undefined;
  for (let page = 1; page < LAST; page++) token = (await list(side, token)).continuationToken;
  return token;
}

/** The next of the dialogs that are read one after the other. */
function nextId({ ids }: Side): string {
  const id = ids.shift()!;
  ids.push(id);
  return id;
}

const READS: Readonly<Record<string, Read>> = {
  'get, owner': (side) =>
    getForOwner(side.dialogs, { caller: CALLER, identity: READER, id: nextId(side), trace: null }),
  'get, end user, seen before': (side) =>
    getForEndUser(side.dialogs, { identity: READER, id: nextId(side), languages: undefined, trace: null }),
  'list by party, first page': (side) => byParty(side),
  [`list by party, page ${LAST}`]: (side) => byParty(side, side.tokens.get(byParty.name)),
  'list by resource, first page': (side) => byResource(side),
  [`list by resource, page ${LAST}`]: (side) => byResource(side, side.tokens.get(byResource.name)),
};

const SOME = sql('bench.some', 'SELECT id FROM dialog TABLESAMPLE system_rows(100)');

async function someIds(queries: Queries): Promise<string[]> {
  await queries.query(sql('', 'CREATE EXTENSION IF NOT EXISTS tsm_system_rows'));
  return (await queries.query<{ id: string }>(SOME)).map(({ id }) => id);
}

async function compare(name: string, read: Read, [few, many]: readonly [Side, Side]): Promise<ResultRow[]> {
  const pairs: { few: number; many: number }[] = [];
  // As many rounds warm up: a first reading by an end user is noted, and pages come into memory.
  for (let pair = -PAIRS; pair < PAIRS; pair++) {
    const early = pair % 2 === 0 ? await timed(() => read(many)) : undefined;
    const one = await timed(() => read(few));
    const other = early ?? (await timed(() => read(many)));
    if (pair >= 0) pairs.push({ few: one, many: other });
  }
  const ratio = medianInterval(pairs.map((pair) => pair.many / pair.few));
  const row = (what: string, value: number, unit: string): ResultRow => ({
    ...{ name: `${name}: ${what}`, bar: null, value, unit, holds: null },
  });
  return [
    row(`${MANY} against ${FEW} dialogs, median of ${PAIRS} pairs`, ratio.median, '×'),
    row('95 % interval, low', ratio.low, '×'),
    row('95 % interval, high', ratio.high, '×'),
    row(`${FEW} dialogs`, medianInterval(pairs.map((pair) => pair.few)).median, 'ms'),
    row(`${MANY} dialogs`, medianInterval(pairs.map((pair) => pair.many)).median, 'ms'),
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = monotonic();
  await work();
  return monotonic() - began;
}

/** Tables that the statements of a reading scan from end to end, as PostgreSQL plans them. */
async function scansOf(name: string, read: Read, side: Side): Promise<ResultRow> {
  const scans = new Set<string>();
  const { database } = side.dialogs;
  const explained: Queries = {
    query: async <Row extends object>(statement: Statement, values: readonly unknown[] = []) => {
      const plan = await database.query<Record<'QUERY PLAN', string>>(
        sql('', `EXPLAIN ${statement.text}`),
        values,
      );
      for (const line of plan) {
        const table = /Seq Scan on (\w+)/.exec(line['QUERY PLAN'])?.[1];
        if (table !== undefined) scans.add(table);
      }
      return database.query<Row>(statement, values);
    },
  };
  const dialogs = { ...side.dialogs, database: Object.assign(Object.create(database), explained) };
  await read({ ...side, dialogs });
  return {
    name: `${name}: tables scanned from end to end`,
    ...{ bar: 'none', value: scans.size, unit: [...scans].join(' '), holds: scans.size === 0 },
  };
}
