import { expect, test } from 'vitest';
import { type AccessState, openAccessState } from '../../../src/access/access-state.ts';
import { createLocalDecisionPoint } from '../../../src/access/local-decision-point.ts';
import { applyRegistry } from '../../../src/access/registry/apply.ts';
import { deleteGrant, putResource } from '../../../src/access/registry/single-changes.ts';
import { type Database, sql } from '../../../src/db/database.ts';
import { openLog } from '../../../src/lib/log.ts';
import { openTestDatabase } from '../../support/database.ts';
import { policy } from '../../support/policies.ts';
import { COMPANY, DIRECTOR, org, pid, resourceDocument, SIMPLE, snapshot } from './content.ts';

const question = {
  identity: { pid: DIRECTOR, scopes: [], level: 4 },
  action: 'read',
  resource: SIMPLE,
  party: org(COMPANY),
};
const rule = 'urn:altinn:resource:super-simple-service:ruleid:1';

interface Standing {
  readonly database: Database;
  readonly state: AccessState;
  /** Moves the clock of the state. */
  readonly pass: (milliseconds: number) => void;
}

async function withState(use: (standing: Standing) => Promise<void>): Promise<void> {
  await using opened = await openTestDatabase();
  const { database } = opened;
  await applyRegistry(database, await snapshot(), 'test');
  let now = 0;
  const log = openLog({ level: 'silent' });
  const state = await openAccessState({ database, log, clock: () => now });
  await use({ database, state, pass: (milliseconds) => (now += milliseconds) });
}

const revoke = (database: Database) =>
  deleteGrant(database, { recipient: pid(DIRECTOR), party: org(COMPANY) }, 'test');

test('a decision is made at once while the rights in memory are at most 250 ms old', async () => {
  await withState(async ({ state, pass }) => {
    const point = createLocalDecisionPoint(state);
    pass(250);
    expect(point.decide([question])).toEqual([{ permitted: true, because: rule }]);
  });
});

test('a decision by older rights waits until they have been read anew', async () => {
  await withState(async ({ state, database, pass }) => {
    const point = createLocalDecisionPoint(state);
    await revoke(database);
    pass(251);
    expect(await point.decide([question])).toEqual([{ permitted: false, because: 'no-rule' }]);
  });
});

test('a decision by older rights that cannot be read anew is none', async () => {
  await using opened = await openTestDatabase();
  let now = 0;
  const database = { query: opened.database.query.bind(opened.database) };
  const state = await openAccessState({ database, log: openLog({ level: 'silent' }), clock: () => now });
  const gone = new Error('gone');
  database.query = () => Promise.reject(gone);
  now = 251;
  await expect(createLocalDecisionPoint(state).decide([question])).rejects.toBe(gone);
});

test('a database that was set back is noticed by the first decision that is not fresh', async () => {
  await withState(async ({ state, database, pass }) => {
    const point = createLocalDecisionPoint(state);
    const { version } = await revoke(database);
    await state.refresh(version);
    expect(await point.decide([question])).toMatchObject([{ permitted: false }]);
    await database.query(sql('', `UPDATE version SET value = 1 WHERE name = 'access'`));
    await database.query(sql('', `UPDATE access_grant SET roles = '{DAGL}', deleted = false, version = 1`));
    state.confirm(1, 10_000);
    pass(251);
    expect(await point.decide([question])).toEqual([{ permitted: true, because: rule }]);
  });
});

test('role codes compare without case, also where the policy compares letter by letter', async () => {
  await withState(async ({ state, database }) => {
    const point = createLocalDecisionPoint(state, 0);
    const letters = policy('super-simple-service')
      .permit({ roles: ['daGL'], actions: ['read'] })
      .xml()
      .replaceAll('3.0:function:string-equal-ignore-case', '1.0:function:string-equal');
    const document = resourceDocument('super-simple-service');
    const { version } = await putResource(database, { document, policy: letters }, 'test');
    await state.refresh(version);
    expect(await point.decide([question])).toEqual([{ permitted: true, because: rule }]);
  });
});
