import { describe, expect, onTestFinished, test } from 'vitest';
import { type AccessState, openAccessState } from '../../../src/access/access-state.ts';
import { createLocalDecisionPoint } from '../../../src/access/local-decision-point.ts';
import { applyRegistry } from '../../../src/access/registry/apply.ts';
import { putGrant } from '../../../src/access/registry/single-changes.ts';
import { type Database, type Queries, sql } from '../../../src/db/database.ts';
import { openLog } from '../../../src/lib/log.ts';
import { monotonic } from '../../../src/lib/time.ts';
import { openTestDatabase } from '../../support/database.ts';
import { SYSTEM_USER_ID } from '../../support/identities.ts';
import {
  BRANCH,
  CLERK,
  COMPANY,
  type Content,
  content,
  DIRECTOR,
  FORM,
  OWNER,
  org,
  pid,
  SIMPLE,
  snapshot,
  system,
} from './content.ts';

interface Watched {
  readonly database: Database;
  readonly state: AccessState;
  /** Number of rows of every read of the state, the version among them. */
  readonly reads: number[];
  /** Lines that the state logged. */
  readonly lines: string[];
  readonly apply: (change: (given: Content) => void) => Promise<number>;
}

/** A state over the content of a registry, and what it reads and logs. */
async function watch(): Promise<Watched> {
  const opened = await openTestDatabase();
  onTestFinished(() => opened[Symbol.asyncDispose]());
  const { database } = opened;
  await applyRegistry(database, await snapshot(), 'test');
  const reads: number[] = [];
  const lines: string[] = [];
  const watched: Queries = {
    query: async <Row extends object>(...asked: Parameters<Queries['query']>) => {
      const rows = await database.query<Row>(...asked);
      reads.push(rows.length);
      return rows;
    },
  };
  const log = openLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const state = await openAccessState({ database: watched, log, clock: monotonic });
  const given = content();
  const apply = async (change: (content: Content) => void) => {
    change(given);
    return (await applyRegistry(database, await snapshot(given), 'test')).version;
  };
  return { database, state, reads, lines, apply };
}

describe('the access state', () => {
  test('knows everything when it is opened', async () => {
    const { state, reads } = await watch();

    expect(state.version).toBe(1);
    expect(reads).toEqual([12]);
    expect(state.resource(SIMPLE)).toMatchObject({ owner: OWNER, org: 'ttd', type: 'genericaccessresource' });
    expect(state.resource(FORM.toUpperCase())?.identifier).toBe('app_ttd_form');
    expect(state.resource(`${SIMPLE}-x`)).toBeUndefined();
  });

  test.each([
    ['its URN', org(COMPANY), org(COMPANY)],
    ['its URN in capitals', org(COMPANY).toUpperCase(), org(COMPANY)],
    ['its party id', '/party/50000001', org(COMPANY)],
    ['the URN of its party id', 'urn:altinn:partyid:50000001', org(COMPANY)],
    ['its organisation number', `/organisation/${COMPANY}`, org(COMPANY)],
    ['its number as an older subject', `/org/${COMPANY}`, org(COMPANY)],
    ['the short code of a service owner', '/org/ttd', org(OWNER)],
    ['its person number', `/person/${DIRECTOR}`, pid(DIRECTOR)],
    ['its user id', '/user/20001', pid(DIRECTOR)],
    ['the URN of its user id', 'urn:altinn:userid:20001', pid(DIRECTOR)],
    ['the URN of its UUID', 'urn:altinn:party:uuid:6d0c6b52-5c9b-4d4d-8f1a-3c3a0b0a0001', pid(DIRECTOR)],
    ['the path of a system user', `/systemuser/${SYSTEM_USER_ID}`, system(SYSTEM_USER_ID)],
  ])('finds a party by %s', async (_, identifier, urn) => {
    const { state } = await watch();

    expect(state.party(identifier)?.urn).toBe(urn);
  });

  test.each([
    '',
    '/',
    '/party/',
    '/party/5e7',
    '/party/0x2FAF081',
    '/nothing/50000001',
    'urn:',
    COMPANY,
    '/org/skd',
  ])('finds no party by %j', async (identifier) => {
    const { state } = await watch();

    expect(state.party(identifier)).toBeUndefined();
  });

  test('tells of a party what the register says', async () => {
    const { state } = await watch();

    expect(state.party(org(BRANCH))).toMatchObject({ name: 'Avdelingen', mainUnit: org(COMPANY) });
    expect(state.party(system(SYSTEM_USER_ID))).toMatchObject({ kind: 'systemUser', owner: org(COMPANY) });
    expect([...state.grantsTo(pid(DIRECTOR)).keys()]).toEqual([org(COMPANY)]);
    expect([...state.grantsTo(pid(CLERK)).keys()]).toEqual([]);
  });
});

describe('a refresh', () => {
  test('reads only what changed', async () => {
    const { state, reads, apply } = await watch();
    const version = await apply(({ parties }) => Object.assign(parties.persons[0]!, { name: 'Nytt navn' }));

    await state.refresh(version);

    expect(state.version).toBe(2);
    expect(reads).toEqual([12, 2]);
    expect(state.party(pid(DIRECTOR))?.name).toBe('Nytt navn');
  });

  test('reads nothing when the version is known', async () => {
    const { state, reads } = await watch();

    await state.refresh(1);

    expect(reads).toEqual([12]);
  });

  test('of many at once is one read', async () => {
    const { state, reads, apply } = await watch();
    const version = await apply(({ parties }) => parties.persons.pop());

    await Promise.all(Array.from({ length: 50 }, () => state.refresh(version)));

    expect(reads).toEqual([12, 2]);
  });

  test('forgets what went: resources, parties by every id, and grants', async () => {
    const { state, apply } = await watch();
    const version = await apply(({ parties, resources }) => {
      parties.grants.pop();
      parties.persons.shift();
      delete resources['app_ttd_form'];
    });

    await state.refresh(version);

    expect(state.party(pid(DIRECTOR))).toBeUndefined();
    expect(state.party('/user/20001')).toBeUndefined();
    expect(state.grant(pid(DIRECTOR), org(COMPANY))).toBeUndefined();
    expect(state.resource(FORM)).toBeUndefined();
  });

  test('follows parties that swap their ids', async () => {
    const { state, apply } = await watch();
    const version = await apply(({ parties }) => {
      Object.assign(parties.persons[0]!, { userId: 20_002 });
      Object.assign(parties.persons[1]!, { userId: 20_001 });
    });

    await state.refresh(version);

    expect(state.party('/user/20001')?.urn).toBe(pid(CLERK));
    expect(state.party('/user/20002')?.urn).toBe(pid(DIRECTOR));
  });

  test('misses no change of several that commit while it reads', async () => {
    const { state, database } = await watch();
    const grants = Array.from({ length: 20 }, (_, index) => ({
      to: pid(CLERK),
      party: org(COMPANY),
      roles: [`R${index}`],
    }));

    await Promise.all(
      grants.map(async (grant) => {
        const { version } = await putGrant(database, grant, 'test');
        await state.refresh(version);
        expect(state.version).toBeGreaterThanOrEqual(version);
      }),
    );

    const [row] = await database.query<{ roles: string[] }>(
      sql('', 'SELECT roles FROM access_grant WHERE recipient = $1'),
      [pid(CLERK)],
    );
    expect(state.version).toBe(21);
    expect(state.grant(pid(CLERK), org(COMPANY))?.roles[0]?.value).toBe(row?.roles[0]);
  });

  test('to a version that the database does not have is a decision that cannot be had', async () => {
    const { state } = await watch();

    await expect(state.refresh(9)).rejects.toMatchObject({ code: 'decision-unavailable' });
  });

  test('starts over when the database has been set back', async () => {
    const { state, database, apply } = await watch();
    await apply(({ parties }) => parties.persons.pop());
    await state.refresh(2);
    await database.query(sql('', `UPDATE version SET value = 1 WHERE name = 'access'`));
    await database.query(sql('', 'UPDATE access_grant SET deleted = true'));

    await state.freshen(0);

    expect(state.version).toBe(1);
    expect(state.grant(pid(DIRECTOR), org(COMPANY))).toBeUndefined();
    expect(state.party(pid(DIRECTOR))).toBeDefined();
  });
});

describe('how recent the state is', () => {
  test('is told by the time at which its version was asked for', async () => {
    const before = monotonic();
    const { state } = await watch();
    const opened = state.confirmedAt;

    state.confirm(1, opened + 50);
    state.confirm(1, opened + 20);
    state.confirm(2, opened + 90);
    state.confirm(0, opened + 90);

    expect(opened).toBeGreaterThan(before);
    expect(state.confirmedAt).toBe(opened + 50);
  });

  test('decides whether it is read again', async () => {
    const { state, reads } = await watch();

    await state.freshen(60_000);
    expect(reads).toEqual([12]);

    // The first read began before the others asked, so they share a second one.
    await Promise.all(Array.from({ length: 50 }, () => state.freshen(0)));
    expect(reads).toEqual([12, 1, 1]);
  });
});

test('a policy that is not understood denies everything about its resource and is told once', async () => {
  const { state, database, lines } = await watch();
  await database.query(
    sql('', `UPDATE service_resource SET policy = '<later/>', version = 2 WHERE identifier = 'app_ttd_form'`),
  );
  await database.query(sql('', `UPDATE version SET value = 2 WHERE name = 'access'`));
  await state.refresh(2);
  const point = createLocalDecisionPoint(state);
  const question = {
    identity: { pid: DIRECTOR, scopes: [], level: 4 },
    action: 'read',
    resource: FORM,
    party: org(COMPANY),
  };

  const unreadable = { permitted: false, because: 'policy-unreadable' };

  const decisions = await point.decide([question, question]);
  await state.freshen(0);

  expect(decisions).toEqual([unreadable, unreadable]);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 50, resource: 'app_ttd_form', fault: expect.stringContaining('later') }),
  ]);
});
