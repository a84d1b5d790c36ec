import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AccessDecision, AccessQuestion, Identity } from '../../src/access/ports.ts';
import { openLog } from '../../src/lib/log.ts';
import { monotonic } from '../../src/lib/time.ts';
import { type LiveChange, LiveHub, type LiveReader } from '../../src/live/hub.ts';
import type { Freshness } from '../../src/reading/freshness.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { draft, OWNER, publish } from '../support/log.ts';
import { until } from '../support/until.ts';

const PERSON: Identity = { pid: '08844397713', scopes: [], level: 3 };
const OTHER: Identity = { pid: '12855515545', scopes: [], level: 3 };
const AGENCY: Identity = { orgNumber: OWNER, scopes: [], level: 3 };
const UPDATED = 'dialogporten.dialog.updated.v1';
const DELETED = 'dialogporten.dialog.deleted.v1';

let db: TestDatabase;
let hub: LiveHub;
let grow: () => void;
/** Versions as they were read, and how often they were asked for beside the pages. */
let freshness: Pick<Freshness, 'confirm' | 'confirmedAt' | 'renew'> & { renewed: number };
/** Whether a question is permitted; may throw. */
let judge: (question: AccessQuestion) => boolean;

beforeEach(async () => {
  db = await openTestDatabase();
  judge = () => true;
  freshness = {
    confirmedAt: Number.NEGATIVE_INFINITY,
    renewed: 0,
    confirm: async (_, askedAt) => void (freshness.confirmedAt = askedAt),
    renew: async () => {
      freshness.renewed++;
      freshness.confirmedAt = monotonic();
    },
  };
  const decide = (questions: readonly AccessQuestion[]): AccessDecision[] =>
    questions.map((question) => ({ permitted: judge(question), because: 'test' }));
  hub = await LiveHub.open({
    database: db.database,
    hints: {
      onGrown: (listener) => {
        grow = listener;
        return () => undefined;
      },
    },
    decisions: { decide },
    freshness,
    pollMs: 60_000,
    readersMost: 3,
    readersOfCallerMost: 2,
    log: openLog({ level: 'silent' }),
  });
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

/** A reader that writes down what it is told. */
function watch(
  dialog: string,
  identity = PERSON,
): LiveReader & { told: (LiveChange | 'end')[]; leave(): void } {
  const told: (LiveChange | 'end')[] = [];
  const reader = {
    ...{ dialog, identity, told },
    tell: (change: LiveChange) => void told.push(change),
    end: () => void told.push('end'),
  };
  return { ...reader, told, leave: hub.add(reader) };
}

/** Appends events about a dialog, in order, and says that the log has grown. */
async function happen(dialog: string, ...types: string[]): Promise<void> {
  await publish(db.database, ...types.map((type) => draft({ type, resourceInstance: dialog })));
  grow();
}

test('a change is told to whoever watches its dialog, in order, and other events are not', async () => {
  const [mine, theirs] = [watch('a'), watch('b')];
  await happen('a', UPDATED, 'dialogporten.dialog.seen.v1', 'budstikka.dialog.visible.v1', DELETED);
  await happen('b', UPDATED);
  await until('both have been told', () => mine.told.length === 2 && theirs.told.length === 1);
  expect(mine.told).toEqual(['DIALOG_UPDATED', 'DIALOG_DELETED']);
  expect(theirs.told).toEqual(['DIALOG_UPDATED']);
});

test('whoever may no longer read is sent away and told nothing, the others hear', async () => {
  judge = ({ identity, action, resource, instance }) => {
    expect({ action, instance }).toEqual({ action: 'read', instance: 'a' });
    expect(resource).toBe('urn:altinn:resource:super-simple-service');
    return identity === PERSON;
  };
  const [may, mayNot] = [watch('a'), watch('a', OTHER)];
  await happen('a', UPDATED);
  await until('the change is told', () => may.told.length > 0);
  expect(may.told).toEqual(['DIALOG_UPDATED']);
  expect(mayNot.told).toEqual(['end']);
});

test('when access cannot be decided, readers are sent away and the hub goes on', async () => {
  const first = watch('a');
  judge = () => {
    throw new Error('the decision point cannot be reached');
  };
  await happen('a', UPDATED);
  await until('the reader is sent away', () => first.told.length > 0);
  expect(first.told).toEqual(['end']);
  first.leave();
  judge = () => true;
  const second = watch('a');
  await happen('a', UPDATED);
  await until('the next is told', () => second.told.length > 0);
  expect(second.told).toEqual(['DIALOG_UPDATED']);
});

test('while a dialog is held back, its owner alone hears of it', async () => {
  const [person, agency] = [watch('a'), watch('a', AGENCY)];
  const held = draft({ type: UPDATED, resourceInstance: 'a', audience: 'owner' });
  await publish(db.database, held, draft({ type: DELETED, resourceInstance: 'a', audience: 'others' }));
  grow();
  await until('both have been told', () => person.told.length > 0 && agency.told.length > 0);
  expect(agency.told).toEqual(['DIALOG_UPDATED']);
  expect(person.told).toEqual(['DIALOG_DELETED']);
});

test('there is room for so many readers, and for so many of one caller; who leaves twice frees one place', () => {
  const [first] = [watch('a'), watch('b')];
  expect(hub.hasRoomFor(PERSON)).toBe(false);
  expect(hub.hasRoomFor(OTHER)).toBe(true);
  const third = watch('a', OTHER);
  expect(hub.hasRoomFor(OTHER)).toBe(false);
  third.leave();
  third.leave();
  expect(hub.hasRoomFor(OTHER)).toBe(true);
  watch('a', OTHER);
  expect(hub.hasRoomFor(AGENCY)).toBe(false);
  first.leave();
  expect(hub.hasRoomFor(PERSON)).toBe(true);
});

test('all readers end with the hub', async () => {
  const readers = [watch('a'), watch('b')];
  await hub[Symbol.asyncDispose]();
  expect(readers.map(({ told }) => told)).toEqual([['end'], ['end']]);
});

test('what stood in a page while the process stood still is told by the rights of afterwards', async () => {
  const [mine, theirs] = [watch('a'), watch('b')];
  judge = ({ instance }) => {
    // As under SIGSTOP: nothing else happens, and then the right is gone.
    if (instance === 'a') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    return freshness.renewed === 0;
  };
  await publish(
    db.database,
    draft({ type: UPDATED, resourceInstance: 'a' }),
    draft({ type: UPDATED, resourceInstance: 'b' }),
  );
  grow();
  await until('both have been told', () => mine.told.length === 1 && theirs.told.length === 1);
  expect([mine.told, theirs.told]).toEqual([['DIALOG_UPDATED'], ['end']]);
  expect(freshness.renewed).toBe(1);
});
