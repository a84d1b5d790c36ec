import { loadavg } from 'node:os';
import { createDialog } from '../../src/dialogs/create.ts';
import type { CreateInput } from '../../src/dialogs/input.ts';
import type { DialogsOptions } from '../../src/dialogs/options.ts';
import { describeRun, type ResultRow, type Results } from '../../scripts/stress/results.ts';
import { differencesOf, FEW, fill, MANY } from '../dialogs/fill.ts';
import { CALLER, openGround, OTHER_PARTIES } from '../dialogs/ground.ts';
import { newDialog } from '../dialogs/publishing.ts';
import { compare, scansOf, type Store } from '../dialogs/side-by-side.ts';
import { LISTS, type List } from './lists.ts';
import { areAsWritten, fillWords } from './words.ts';

const PAIRS = 100;
const BAR = 1.5;
const LAST = 100;

/** One of the two stores, and where its hundredth pages begin. */
interface Side extends Store {
  readonly tokens: Map<string, string | undefined>;
}

/** Every hundredth dialog of a party is a draft, has a label and is urgent; every five hundredth is a special case. */
const K = '(n / $3)';
const VARIED = `jsonb_build_object(
  'external_reference', 'case-' || n,
  'status', CASE WHEN ${K} % 100 = 0 THEN 'Draft' ELSE t.status END,
  'owner_labels', CASE WHEN ${K} % 100 = 0 THEN '["urgent"]' ELSE '[]' END::jsonb,
  'due_at', t.created_at + (n % 1000) * interval '1 day',
  'document', jsonb_set(t.document, '{content,title,value,0,value}', to_jsonb(concat_ws(' ',
     t.document #>> '{content,title,value,0,value}', 'nummer', n, CASE WHEN ${K} % 100 = 0 THEN 'hastesak' END,
     CASE WHEN ${K} % 500 = 7 THEN 'særtilfelle' END))))`;

/** Lists of end users and service owners, filtered and by words, among a thousand dialogs and among a million. */
export async function benchSearch(): Promise<Results> {
  await using ground = await openGround();
  const before = loadavg();
  const sides = [
    await openSide(await ground.open('few'), FEW),
    await openSide(await ground.open('many'), MANY),
  ] as const;
  const filled = loadavg();
  const rows: ResultRow[] = [];
  for (const [name, list] of Object.entries(LISTS)) rows.push(...(await measure(name, list, sides)));
  return {
    ...(await describeRun(sides[1].dialogs.database)),
    run: { loadAverage: { before, filled, after: loadavg() }, durable: true, pairs: PAIRS },
    rows,
  };
}

async function openSide(dialogs: DialogsOptions, count: number): Promise<Side> {
  const activities = [{ type: 'DialogCreated', performedBy: { actorType: 'ServiceOwner' } }] as const;
  const input = newDialog({
    ...{ activities, externalReference: 'case-0', dueAt: '2099-01-01T00:00:00.0000000Z' },
    serviceOwnerContext: { serviceOwnerLabels: [{ value: 'urgent' }] },
  });
  const create = (given: CreateInput) =>
    createDialog(dialogs, { caller: CALLER, input: given, silent: false, trace: null });
  const { id } = await create(input);
  // A list of a resource without a party is of all parties of the reader, among few dialogs as among many.
  for (const party of OTHER_PARTIES) await create({ ...input, party });
  await fill(dialogs.database, id, { count, more: VARIED });
  const varied = ['external_reference', 'status', 'owner_labels', 'due_at', 'document'];
  const differences = await differencesOf(dialogs.database, id, varied);
  if (differences.length > 0) throw new Error(`filled and written differ in ${differences.join(', ')}`);
  await fillWords(dialogs.database);
  if (!(await areAsWritten(dialogs.database))) throw new Error('filled and written words differ');
  return { dialogs, tokens: new Map() };
}

async function measure(name: string, list: List, sides: readonly [Side, Side]): Promise<ResultRow[]> {
  const first = { name: `${name}, first page`, read: (side: Side) => list.read(side.dialogs) };
  const comparisons = [first];
  if (list.isLong) {
    for (const side of sides) side.tokens.set(name, await lastToken(side, list));
    const read = (side: Side) => list.read(side.dialogs, side.tokens.get(name));
    comparisons.push({ name: `${name}, page ${LAST}`, read });
  }
  const rows: ResultRow[] = [];
  for (const each of comparisons) {
    rows.push(...(await compare({ ...each, pairs: PAIRS, most: BAR }, sides)));
    rows.push(await scansOf(each.name, each.read, sides[1]));
  }
  return rows;
}

async function lastToken({ dialogs }: Side, list: List): Promise<string | undefined> {
  let token: string | undefined;
  for (let page = 1; page < LAST; page++) token = (await list.read(dialogs, token)).continuationToken;
  return token;
}
