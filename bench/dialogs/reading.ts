import { type Queries, type Statement, sql } from '../../src/db/database.ts';
import { createDialog } from '../../src/dialogs/create.ts';
import { getForEndUser } from '../../src/dialogs/get-for-end-user.ts';
import { getForOwner } from '../../src/dialogs/get-for-owner.ts';
import type { DialogsOptions } from '../../src/dialogs/options.ts';
import { type EndUserSearch, searchForEndUser, searchForOwner } from '../../src/dialogs/search.ts';
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

type Read = (dialogs: DialogsOptions) => Promise<unknown>;

/** Reading one and a page, among a thousand dialogs and among a million, in turn. */
export async function measureReading(few: DialogsOptions, many: DialogsOptions): Promise<ResultRow[]> {
  const rows: ResultRow[] = [];
  for (const [dialogs, count] of [
    [few, FEW],
    [many, MANY],
  ] as const) {
    const first = await createTemplate(dialogs);
    await fill(dialogs.database, first, count);
    const differences = await differencesOf(dialogs.database, first);
    if (differences.length > 0) throw new Error(`filled and written differ in ${differences.join(', ')}`);
  }
  for (const [name, read] of Object.entries(await readsOf(few, many))) {
    rows.push(...(await compare(name, read, [few, many])), await scansOf(name, read, many));
  }
  return rows;
}

async function createTemplate(dialogs: DialogsOptions): Promise<string> {
  const activities = [{ type: 'DialogCreated', performedBy: { actorType: 'ServiceOwner' } }] as const;
  const input = newDialog({ activities });
  return (await createDialog(dialogs, { caller: CALLER, input, silent: false, trace: null })).id;
}

type Sides = Record<string, Read>;

async function readsOf(few: DialogsOptions, many: DialogsOptions): Promise<Sides> {
  const ids = new Map<DialogsOptions, readonly string[]>();
  for (const dialogs of [few, many]) ids.set(dialogs, await someIds(dialogs.database));
  const turns = new Map<DialogsOptions, number>();
  const idOf = (dialogs: DialogsOptions): string => {
    const known = ids.get(dialogs)!;
    const turn = turns.get(dialogs) ?? 0;
    turns.set(dialogs, turn + 1);
    return known[turn % known.length]!;
  };
  const user = (token?: string) => (dialogs: DialogsOptions) =>
    searchForEndUser(dialogs, {
      ...{ identity: READER, filter: { party: [COMPANY] }, languages: undefined, limit: PAGE },
      continuationToken: token,
    } satisfies EndUserSearch);
  const owner = (token?: string) => (dialogs: DialogsOptions) =>
    searchForOwner(dialogs, {
      ...{ caller: CALLER, identity: READER, filter: { serviceResource: [SERVICE] }, limit: PAGE },
      continuationToken: token,
    });
  const [userToken, ownerToken] = [await tokens(user, [few, many]), await tokens(owner, [few, many])];
  return {
    'get, owner': (dialogs) =>
      getForOwner(dialogs, { caller: CALLER, identity: READER, id: idOf(dialogs), trace: null }),
    'get, end user, seen before': (dialogs) =>
      getForEndUser(dialogs, { identity: READER, id: idOf(dialogs), languages: undefined, trace: null }),
    'list by party, first page': user(),
    [`list by party, page ${LAST}`]: (dialogs) => user(userToken.get(dialogs))(dialogs),
    'list by resource, first page': owner(),
    [`list by resource, page ${LAST}`]: (dialogs) => owner(ownerToken.get(dialogs))(dialogs),
  };
}

/** The token that leads to the last page that is measured. */
async function tokens(
  list: (token?: string) => (dialogs: DialogsOptions) => Promise<{ continuationToken?: string }>,
  sides: readonly DialogsOptions[],
): Promise<Map<DialogsOptions, string | undefined>> {
  const found = new Map<DialogsOptions, string | undefined>();
  for (const dialogs of sides) {
    let token: string | undefined;
    for (let page = 1; page < LAST; page++) token = (await list(token)(dialogs)).continuationToken;
    found.set(dialogs, token);
  }
  return found;
}

const SOME = sql('bench.some', 'SELECT id FROM dialog TABLESAMPLE system_rows(100)');

async function someIds(queries: Queries): Promise<string[]> {
  await queries.query(sql('', 'CREATE EXTENSION IF NOT EXISTS tsm_system_rows'));
  return (await queries.query<{ id: string }>(SOME)).map(({ id }) => id);
}

async function compare(
  name: string,
  read: Read,
  [few, many]: readonly [DialogsOptions, DialogsOptions],
): Promise<ResultRow[]> {
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
async function scansOf(name: string, read: Read, dialogs: DialogsOptions): Promise<ResultRow> {
  const scans = new Set<string>();
  const { database } = dialogs;
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
  await read({ ...dialogs, database: Object.assign(Object.create(database), explained) });
  return {
    name: `${name}: tables scanned from end to end`,
    ...{ bar: 'none', value: scans.size, unit: [...scans].join(' '), holds: scans.size === 0 },
  };
}
