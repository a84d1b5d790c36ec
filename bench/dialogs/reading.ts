import { type Queries, sql } from '../../src/db/database.ts';
import { createDialog } from '../../src/dialogs/create.ts';
import { getForEndUser } from '../../src/dialogs/get-for-end-user.ts';
import { getForOwner } from '../../src/dialogs/get-for-owner.ts';
import type { DialogsOptions } from '../../src/dialogs/options.ts';
import { searchForEndUser, searchForOwner } from '../../src/dialogs/search.ts';
import type { ResultRow } from '../../scripts/stress/results.ts';
import { differencesOf, FEW, fill, MANY } from './fill.ts';
import { CALLER, COMPANY, READER, SERVICE } from './ground.ts';
import { newDialog } from './publishing.ts';
import { compare, scansOf, type Store } from './side-by-side.ts';

const PAIRS = 200;
const PAGE = 10;
const LAST = 100;

/** One of the two stores, and what it is asked for. */
interface Side extends Store {
  /** Dialogs that are read one after the other. */
  readonly ids: string[];
  /** Where the last page that is measured begins, by list. */
  readonly tokens: Map<string, string | undefined>;
}

/** Reading one and a page, among a thousand dialogs and among a million, in turn. */
export async function measureReading(few: DialogsOptions, many: DialogsOptions): Promise<ResultRow[]> {
  const sides = [await openSide(few, FEW), await openSide(many, MANY)] as const;
  const rows: ResultRow[] = [];
  for (const [name, read] of Object.entries(READS)) {
    rows.push(...(await compare({ name, read, pairs: PAIRS }, sides)), await scansOf(name, read, sides[1]));
  }
  return rows;
}

async function openSide(dialogs: DialogsOptions, count: number): Promise<Side> {
  const { database } = dialogs;
  const template = await createTemplate(dialogs);
  await fill(database, template, { count });
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

const READS: Readonly<Record<string, (side: Side) => Promise<unknown>>> = {
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
