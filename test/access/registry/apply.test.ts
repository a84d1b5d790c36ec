import { describe, expect, onTestFinished, test } from 'vitest';
import { applyRegistry } from '../../../src/access/registry/apply.ts';
import { deleteGrant, putGrant, putParty, putResource } from '../../../src/access/registry/single-changes.ts';
import { type Database, sql } from '../../../src/db/database.ts';
import { Failure } from '../../../src/lib/errors.ts';
import { openTestDatabase } from '../../support/database.ts';
import { SYSTEM_USER_ID } from '../../support/identities.ts';
import { policy } from '../../support/policies.ts';
import {
  ACCOUNTANT,
  BRANCH,
  CLERK,
  COMPANY,
  content,
  DIRECTOR,
  org,
  pid,
  resourceDocument,
  SIMPLE,
  STRANGER,
  snapshot,
  system,
} from './content.ts';

const none = { added: 0, changed: 0, removed: 0 };

async function openDatabase(): Promise<Database> {
  const opened = await openTestDatabase();
  onTestFinished(() => opened[Symbol.asyncDispose]());
  return opened.database;
}

const one = async <Row extends object>(database: Database, text: string, ...values: unknown[]) =>
  (await database.query<Row>(sql('', text), values))[0];

const accessVersion = async (database: Database) =>
  Number((await one<{ value: string }>(database, `SELECT value FROM version WHERE name = 'access'`))?.value);

/** How many rows of all three tables carry a version. */
async function rowsOf(database: Database, version: number): Promise<number> {
  const counted = await one<{ count: string }>(
    database,
    `SELECT count(*) FROM (SELECT version FROM service_resource UNION ALL SELECT version FROM party
       UNION ALL SELECT version FROM access_grant) AS every WHERE version = $1`,
    version,
  );
  return Number(counted?.count);
}

const partyRow = (database: Database, urn: string) =>
  one<Record<string, unknown>>(database, 'SELECT * FROM party WHERE urn = $1', urn);

describe('applying a registry', () => {
  test('writes everything under one new version, with an audit row for each change', async () => {
    const database = await openDatabase();

    const applied = await applyRegistry(database, await snapshot(), 'test');

    expect(applied).toEqual({
      version: 1,
      resources: { ...none, added: 2 },
      parties: { ...none, added: 8 },
      grants: { ...none, added: 1 },
    });
    expect(await accessVersion(database)).toBe(1);
    expect(await rowsOf(database, 1)).toBe(11);
    expect(await one(database, 'SELECT count(*), min(actor) AS actor FROM access_audit')).toEqual({
      count: '11',
      actor: 'test',
    });
  });

  test('again changes nothing, in whatever order members and entries come', async () => {
    const database = await openDatabase();
    await applyRegistry(database, await snapshot(), 'test');
    const turned = content();
    turned.parties.persons.reverse();
    turned.parties.organizations.push(
      Object.fromEntries(Object.entries(turned.parties.organizations.shift() ?? {}).toReversed()),
    );

    const applied = await applyRegistry(database, await snapshot(turned), 'test');

    expect(applied).toEqual({ version: 1, resources: none, parties: none, grants: none });
    expect(await accessVersion(database)).toBe(1);
    expect(await one(database, 'SELECT count(*) FROM access_audit')).toEqual({ count: '11' });
  });

  test('writes only what differs, and tells before and after', async () => {
    const database = await openDatabase();
    await applyRegistry(database, await snapshot(), 'test');
    const given = content();
    Object.assign(given.parties.grants[0]!, { roles: ['LEDE'] });
    given.resources['super-simple-service']!.policy = policy('super-simple-service').xml();

    const applied = await applyRegistry(database, await snapshot(given), 'somebody');

    expect(applied).toMatchObject({
      version: 2,
      parties: none,
      grants: { changed: 1 },
      resources: { changed: 1 },
    });
    expect(await rowsOf(database, 2)).toBe(2);
    expect(
      await one(
        database,
        `SELECT key, before -> 'roles' AS before, after -> 'roles' AS after FROM access_audit
          WHERE actor = 'somebody' AND kind = 'grant'`,
      ),
    ).toEqual({ key: `${pid(DIRECTOR)} ${org(COMPANY)}`, before: ['DAGL'], after: ['LEDE'] });
  });

  test('marks what went with the version, and keeps nothing of a person but the key', async () => {
    const database = await openDatabase();
    await applyRegistry(database, await snapshot(), 'test');
    const given = content();
    given.parties.grants.pop();
    given.parties.persons.shift();

    const applied = await applyRegistry(database, await snapshot(given), 'test');

    expect(applied).toMatchObject({ version: 2, parties: { removed: 1 }, grants: { removed: 1 } });
    expect(await partyRow(database, pid(DIRECTOR))).toMatchObject({
      version: '2',
      deleted: true,
      name: '',
      party_id: null,
      user_id: null,
    });
    expect(await one(database, 'SELECT roles, version, deleted FROM access_grant')).toEqual({
      roles: [],
      version: '2',
      deleted: true,
    });
  });

  test('brings back what had gone', async () => {
    const database = await openDatabase();
    const given = content();
    given.parties.persons.pop();
    await applyRegistry(database, await snapshot(), 'test');
    await applyRegistry(database, await snapshot(given), 'test');

    const applied = await applyRegistry(database, await snapshot(), 'test');

    expect(applied).toMatchObject({ version: 3, parties: { added: 1 } });
    expect(await partyRow(database, pid(STRANGER))).toMatchObject({ name: 'En fremmed', deleted: false });
  });

  test('lets parties swap their ids, and lets a new one have those of one that went', async () => {
    const database = await openDatabase();
    const given = content();
    const [director, clerk, stranger] = given.parties.persons;
    Object.assign(clerk!, { userId: 20_002 });
    Object.assign(stranger!, { userId: 20_003 });
    await applyRegistry(database, await snapshot(given), 'test');
    Object.assign(clerk!, { userId: 20_001 });
    Object.assign(director!, { userId: 20_002 });
    given.parties.persons.splice(2, 1, { pid: '23877236943', name: 'En ny', userId: 20_003 });

    const applied = await applyRegistry(database, await snapshot(given), 'test');

    expect(applied.parties).toEqual({ added: 1, changed: 2, removed: 1 });
    expect(await partyRow(database, pid(DIRECTOR))).toMatchObject({ user_id: 20_002 });
    expect(await partyRow(database, pid(CLERK))).toMatchObject({ user_id: 20_001 });
    expect(await partyRow(database, pid('23877236943'))).toMatchObject({ user_id: 20_003 });
  });

  test('waits for another who does the same: each change gets a version of its own', async () => {
    const database = await openDatabase();
    const snapshots = await Promise.all(
      ['Ett', 'To', 'Tre', 'Fire'].map((name) => {
        const given = content();
        Object.assign(given.parties.organizations[1]!, { name });
        return snapshot(given);
      }),
    );

    const applied = await Promise.all(snapshots.map((each) => applyRegistry(database, each, 'test')));

    expect(new Set(applied.map(({ version }) => version))).toEqual(new Set([1, 2, 3, 4]));
    expect(applied.map(({ parties }) => parties).filter(({ changed }) => changed === 1)).toHaveLength(3);
    const last = applied.findIndex(({ version }) => version === 4);
    expect(await partyRow(database, org(COMPANY))).toMatchObject({
      name: ['Ett', 'To', 'Tre', 'Fire'][last],
      version: '4',
    });
  });

  test('that fails leaves no trace', async () => {
    const database = await openDatabase();
    const given = await snapshot();
    const broken = { ...given, parties: given.parties.map((party) => ({ ...party, party_id: 1 })) };

    await expect(applyRegistry(database, broken, 'test')).rejects.toThrow(/party_party_id_key/);

    expect(await accessVersion(database)).toBe(0);
    expect(await one(database, 'SELECT count(*) FROM access_audit')).toEqual({ count: '0' });
  });
});

describe('a single change', () => {
  test('writes one row under one new version, and nothing when nothing differs', async () => {
    const database = await openDatabase();
    await applyRegistry(database, await snapshot(), 'test');
    const grant = {
      to: pid(CLERK),
      party: org(COMPANY),
      resources: [{ resource: SIMPLE, actions: ['read'] }],
    };
    const person = { pid: STRANGER, name: 'Et nytt navn' };
    const resource = {
      document: resourceDocument('third'),
      policy: policy('third')
        .permit({ actions: ['read'] })
        .xml(),
    };

    expect(await putGrant(database, grant, 'admin')).toMatchObject({ version: 2, grants: { added: 1 } });
    expect(await putGrant(database, grant, 'admin')).toMatchObject({ version: 2, grants: none });
    expect(await putParty(database, { kind: 'person', document: person }, 'admin')).toMatchObject({
      version: 3,
    });
    expect(await putResource(database, resource, 'admin')).toMatchObject({
      version: 4,
      resources: { added: 1 },
    });
    const key = { recipient: pid(CLERK), party: org(COMPANY) };
    expect(await deleteGrant(database, key, 'admin')).toMatchObject({ version: 5, grants: { removed: 1 } });
    expect(await deleteGrant(database, key, 'admin')).toMatchObject({ version: 5, grants: none });

    expect(await rowsOf(database, 3)).toBe(1);
    expect(await one(database, `SELECT count(*) FROM access_audit WHERE actor = 'admin'`)).toEqual({
      count: '4',
    });
  });

  test('taking a grant away names two parties, whatever their letter case', async () => {
    const database = await openDatabase();
    await applyRegistry(database, await snapshot(), 'test');
    const urn = system(SYSTEM_USER_ID);
    const granted = { to: urn, party: org(COMPANY), roles: ['UTINN'] };
    await putGrant(database, granted, 'admin');
    const key = { recipient: urn.replace(SYSTEM_USER_ID, SYSTEM_USER_ID.toUpperCase()), party: org(COMPANY) };
    expect(await deleteGrant(database, key, 'admin')).toMatchObject({ grants: { removed: 1 } });

    const director = `${pid(DIRECTOR)} ${org(COMPANY)}`;
    await expect(deleteGrant(database, { recipient: director, party: '' }, 'admin')).rejects.toMatchObject({
      code: 'request-invalid',
      options: { fields: { '$.to': [expect.any(String)], '$.party': [expect.any(String)] } },
    });
    expect(await one(database, 'SELECT count(*) FROM access_grant WHERE NOT deleted')).toEqual({
      count: '1',
    });
  });

  const put = {
    grant: (database: Database, document: unknown) => putGrant(database, document, 'admin'),
    person: (database: Database, document: unknown) =>
      putParty(database, { kind: 'person', document }, 'admin'),
    organization: (database: Database, document: unknown) =>
      putParty(database, { kind: 'organization', document }, 'admin'),
    resource: (database: Database, document: unknown) =>
      putResource(database, { document, policy: policy('third').xml() }, 'admin'),
    surrogate: (database: Database, document: unknown) =>
      putResource(database, { document, policy: policy('third').xml().replace('third', '\ud800') }, 'admin'),
    policy: (database: Database, document: unknown) =>
      putResource(database, { document, policy: '<nothing/>' }, 'admin'),
  };

  test.each<[string, keyof typeof put, unknown, readonly string[]]>([
    ['a grant to somebody unknown', 'grant', { to: pid('31905520299'), party: org(COMPANY) }, ['$.to']],
    [
      'a delegation of an unknown resource',
      'grant',
      { to: pid(CLERK), party: org(COMPANY), resources: [{ resource: `${SIMPLE}x`, actions: ['read'] }] },
      ['$.resources[0].resource'],
    ],
    ['a person with the user id of another', 'person', { pid: STRANGER, name: 'X', userId: 20_001 }, ['$']],
    [
      'an unknown main unit',
      'organization',
      { orgNumber: ACCOUNTANT, name: 'X', mainUnit: '314005627' },
      ['$.mainUnit'],
    ],
    [
      'a sub-unit that has sub-units',
      'organization',
      { orgNumber: COMPANY, name: 'X', partyId: 50_000_001, mainUnit: ACCOUNTANT },
      ['$.mainUnit'],
    ],
    [
      'a sub-unit of itself',
      'organization',
      { orgNumber: BRANCH, name: 'X', mainUnit: BRANCH },
      ['$.mainUnit'],
    ],
    [
      'a resource of another owner under the same short code',
      'resource',
      resourceDocument('third', { hasCompetentAuthority: { organization: COMPANY, orgcode: 'ttd' } }),
      ['$.hasCompetentAuthority'],
    ],
    ['a policy that is none', 'policy', resourceDocument('third'), ['policy']],
    ['a policy that cannot be stored', 'surrogate', resourceDocument('third'), ['policy']],
    ['a UUID that is none', 'person', { pid: STRANGER, name: 'X', partyUuid: '7' }, ['$.partyUuid']],
    ['a name that cannot be stored', 'person', { pid: STRANGER, name: '\0' }, ['$.name']],
    ['a document that is none', 'grant', 'DAGL', ['$']],
  ])('is refused for %s', async (_, kind, document, places) => {
    const database = await openDatabase();
    await applyRegistry(database, await snapshot(), 'test');

    const failure = await put[kind](database, document).catch((thrown: unknown) => thrown);

    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).code).toBe('request-invalid');
    expect(Object.keys((failure as Failure).options.fields ?? {}).toSorted()).toEqual(places);
    expect(await accessVersion(database)).toBe(1);
  });
});
