import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addActivity } from '../../src/dialogs/append.ts';
import { ownerCaller } from '../../src/dialogs/caller.ts';
import { createDialog } from '../../src/dialogs/create.ts';
import { deleteDialog } from '../../src/dialogs/delete.ts';
import { getForEndUser } from '../../src/dialogs/get-for-end-user.ts';
import type { CreateInput, ReplaceInput } from '../../src/dialogs/input.ts';
import type { DialogsOptions } from '../../src/dialogs/options.ts';
import { patchDialog } from '../../src/dialogs/patch.ts';
import { openDatabase } from '../support/database.ts';
import { dialogBody } from '../support/dialog-client.ts';
import { type DialogsUnderTest, OWNER, openDialogs, READER } from '../support/dialogs.ts';
import { type CountedWay, openCountedWay } from '../support/round-trips.ts';

let under: DialogsUnderTest;
let way: CountedWay;
let dialogs: DialogsOptions;
let id: string;

const caller = ownerCaller(OWNER.identity());
const plainly = { caller, silent: false, trace: null };
const create = (more: object = {}) =>
  createDialog(dialogs, { ...plainly, input: { ...dialogBody(), ...more } as unknown as CreateInput });
const patch = (path: string, value: unknown) =>
  patchDialog(dialogs, {
    ...plainly,
    id,
    operations: [{ op: 'add', path, value }],
    toReplacement: (document) => document as ReplaceInput,
  });
const read = () =>
  getForEndUser(dialogs, { identity: READER.identity(), id, languages: undefined, trace: null });

beforeAll(async () => {
  under = await openDialogs();
  way = await openCountedWay(under.url);
  dialogs = { ...under.dialogs, database: openDatabase(way.url) };
});
beforeEach(async () => {
  ({ id } = await create());
  way.take();
});
afterAll(async () => {
  await dialogs.database[Symbol.asyncDispose]();
  await way[Symbol.asyncDispose]();
  await under[Symbol.asyncDispose]();
});

const activity = { type: 'FormSaved', performedBy: { actorType: 'ServiceOwner' } } as const;

describe('a command goes to PostgreSQL twice: once to look, once to write, append and commit', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['create', () => create()],
    [
      'create with children, held back',
      () => create({ activities: [activity], visibleFrom: '2099-01-01T00:00:00.0000000Z' }),
    ],
    ['patch', () => patch('/progress', 5)],
    ['patch that appends', () => patch('/activities/-', activity)],
    ['add an activity', () => addActivity(dialogs, { ...plainly, id, input: activity })],
    ['delete', () => deleteDialog(dialogs, { ...plainly, id })],
    ['delete, silently', () => deleteDialog(dialogs, { ...plainly, id, silent: true })],
  ])('%s', async (_, command) => {
    await command();
    expect(way.take()).toBe(2);
  });
});

test('a first reading goes there three times, to read and to note it; every further one once', async () => {
  await read();
  expect(way.take()).toBe(3);
  await read();
  expect(way.take()).toBe(1);
});
