import { afterAll, beforeAll, expect, test } from 'vitest';
import { wholeSelection } from '../../scripts/conformance/graphql/whole-selection.ts';
import { ownerCaller } from '../../src/dialogs/caller.ts';
import { createDialog } from '../../src/dialogs/create.ts';
import type { CreateInput } from '../../src/dialogs/input.ts';
import { parseDocument } from '../../src/graphql/document.ts';
import { executeOperation } from '../../src/graphql/execute.ts';
import { createSchema } from '../../src/graphql/schema.ts';
import { openDatabase } from '../support/database.ts';
import { dialogBody } from '../support/dialog-client.ts';
import { type DialogsUnderTest, OWNER, openDialogs, PARTY, READER } from '../support/dialogs.ts';
import { type CountedWay, openCountedWay } from '../support/round-trips.ts';

let under: DialogsUnderTest;
let way: CountedWay;
let dialogs: DialogsUnderTest['dialogs'];
beforeAll(async () => {
  under = await openDialogs();
  way = await openCountedWay(under.url);
  dialogs = { ...under.dialogs, database: openDatabase(way.url) };
  const input = dialogBody() as unknown as CreateInput;
  const caller = ownerCaller(OWNER.identity());
  for (let n = 0; n < 10; n++) {
    await createDialog(under.dialogs, { caller, silent: false, trace: null, input });
  }
});
afterAll(async () => {
  await dialogs.database[Symbol.asyncDispose]();
  await way[Symbol.asyncDispose]();
  await under[Symbol.asyncDispose]();
});

const schema = createSchema();
const WHOLE = wholeSelection(schema, schema.getQueryType()!.getFields()['searchDialogs']!.type);

/** How many dialogs a page has, and the waits for PostgreSQL and questions to the decision point that it took. */
async function search(limit: number) {
  const query = `{ searchDialogs(input: { party: ["${PARTY}"], limit: ${limit} }) ${WHOLE} }`;
  const context = { dialogs, identity: READER.identity(), languages: undefined, trace: null };
  const asked = under.table.asked.length;
  way.take();
  const { data } = await executeOperation(
    { schema, document: parseDocument(query) },
    { context, costMost: 200_000, traceId: '', log: dialogs.log },
  );
  const { items } = data!['searchDialogs'] as { items: readonly unknown[] };
  return { items: items.length, trips: way.take(), asked: under.table.asked.length - asked };
}

test('a page with every field of ten dialogs takes no more looks and questions than one of a single dialog', async () => {
  // The first look on a connection also names the statement.
  await search(1);
  const one = await search(1);
  const ten = await search(10);
  expect([one.items, ten.items]).toEqual([1, 10]);
  expect(ten.trips).toBeLessThanOrEqual(one.trips);
  expect([one.asked, ten.asked]).toEqual([1, 1]);
});
