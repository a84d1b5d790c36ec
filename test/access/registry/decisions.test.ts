import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccessState, openAccessState } from '../../../src/access/access-state.ts';
import { explain } from '../../../src/access/explain.ts';
import { createLocalDecisionPoint } from '../../../src/access/local-decision-point.ts';
import type { AccessQuestion, Identity } from '../../../src/access/ports.ts';
import { applyRegistry } from '../../../src/access/registry/apply.ts';
import { openLog } from '../../../src/lib/log.ts';
import { monotonic } from '../../../src/lib/time.ts';
import { openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { SYSTEM_USER_ID } from '../../support/identities.ts';
import {
  ACCOUNTANT,
  BRANCH,
  CLERK,
  COMPANY,
  content,
  DIRECTOR,
  FORM,
  OWNER,
  org,
  pid,
  SIMPLE,
  STRANGER,
  snapshot,
} from './content.ts';
import { everyKind, INSTANCE, NAMED } from './every-kind.ts';

let opened: TestDatabase;
let state: AccessState;

beforeAll(async () => {
  opened = await openTestDatabase();
  const log = openLog({ level: 'silent' });
  await applyRegistry(opened.database, await snapshot(everyKind()), 'test');
  state = await openAccessState({ database: opened.database, log, clock: monotonic });
});

afterAll(() => opened[Symbol.asyncDispose]());

const as = (identity: Partial<Identity>): Identity => ({ scopes: [], level: 3, ...identity });
const director = as({ pid: DIRECTOR });
const clerk = as({ pid: CLERK });
const stranger = as({ pid: STRANGER });
const accountant = as({ orgNumber: ACCOUNTANT });
const systemUser = as({
  orgNumber: OWNER,
  org: 'ttd',
  systemUser: { id: SYSTEM_USER_ID, orgNumber: COMPANY },
});
const owner = as({ org: 'ttd', orgNumber: OWNER });

function ask(identity: Identity, action: string, question: Partial<AccessQuestion> = {}) {
  const asked = { identity, action, resource: SIMPLE, party: org(COMPANY), ...question };
  return explain(asked, state).decision;
}

describe('permitted is', () => {
  test.each<[string, Identity, string, Partial<AccessQuestion>]>([
    ['a person with the role for the party', director, 'read', {}],
    ['a person whose role code was written in other letters', stranger, 'read', { party: org(BRANCH) }],
    ['a person with the role for the main unit', director, 'subscribe', { party: org(BRANCH) }],
    ['a person for themselves', stranger, 'read', { party: pid(STRANGER) }],
    ['a person for themselves, by the older form', stranger, 'read', { party: `/person/${STRANGER}` }],
    ['a person for themselves, by user id', director, 'read', { party: '/user/20001' }],
    [
      'a person for themselves whom no register knows',
      as({ pid: '31905520299' }),
      'read',
      { party: pid('31905520299') },
    ],
    ['a person known by user id only', as({ userId: 20_001 }), 'read', {}],
    ['a person known by UUID only', as({ partyUuid: '6d0c6b52-5c9b-4d4d-8f1a-3c3a0b0a0001' }), 'read', {}],
    ['an organisation with a role for another', accountant, 'read', {}],
    ['a system user with the access package', systemUser, 'read', {}],
    ['the service owner, whatever the party', owner, 'subscribe', { party: pid(STRANGER) }],
    ['the service owner, for nobody in particular', owner, 'subscribe', { party: undefined }],
    ['the party by its older forms', director, 'read', { party: '/party/50000001' }],
    ['a resource in other letters', director, 'read', { resource: SIMPLE.toUpperCase() }],
    ['a person whom the policy names', director, 'person', { resource: NAMED, party: undefined }],
    ['an organisation that the policy names', accountant, 'organization', { resource: NAMED }],
    ['a system user that the policy names', systemUser, 'system', { resource: NAMED }],
    ['another service owner whom the policy names', as({ org: 'SKD' }), 'org', { resource: NAMED }],
    ['anybody for the party that the policy names', stranger, 'party', { resource: NAMED }],
    [
      'anybody for the party, by another of its ids',
      stranger,
      'party',
      { resource: NAMED, party: '/party/50000001' },
    ],
    ['anybody for the party that the policy names by id', stranger, 'partyid', { resource: NAMED }],
    ['a task', stranger, 'task', { resource: NAMED, attributes: [['urn:altinn:task', 'Task_1']] }],
    ['an instance', stranger, 'instance', { resource: NAMED, instance: INSTANCE }],
    [
      'an exact subject that is nobody in the register',
      stranger,
      'other',
      { resource: NAMED, party: 'urn:example:thing:seven' },
    ],
    ['an app, by its owner and its name', director, 'read', { resource: FORM }],
    [
      'an app of events',
      director,
      'read',
      { resource: FORM, attributes: [['urn:altinn:appresource', 'events']] },
    ],
  ])('%s', (_, identity, action, question) => {
    expect(ask(identity, action, question)).toEqual({
      permitted: true,
      because: expect.stringMatching(/^urn:altinn:resource:.+:ruleid:\d+$/),
    });
  });

  test.each<[string, string, Partial<AccessQuestion>]>([
    ['the resource that was delegated', 'read', {}],
    ['the resource that was delegated, for a sub-unit', 'read', { party: org(BRANCH) }],
    ['any instance of the resource that was delegated', 'read', { instance: INSTANCE }],
    ['the instance that was delegated', 'write', { resource: FORM, instance: INSTANCE }],
  ])('%s', (_, action, question) => {
    expect(ask(clerk, action, question)).toEqual({ permitted: true, because: 'delegation' });
  });
});

describe('not permitted is', () => {
  test.each<[string, Identity, string, Partial<AccessQuestion>, string]>([
    ['an action of no rule', director, 'write', {}, 'no-rule'],
    ['an action in other letters', director, 'READ', {}, 'no-rule'],
    ['a person without a grant', stranger, 'read', {}, 'no-rule'],
    ['a person with a role for a sub-unit only', stranger, 'read', { party: org(COMPANY) }, 'no-rule'],
    ['a person for another person', stranger, 'read', { party: pid(DIRECTOR) }, 'no-rule'],
    ['a person with a role, for nobody in particular', director, 'read', { party: undefined }, 'no-rule'],
    ['a role for another party', director, 'read', { party: org(ACCOUNTANT) }, 'no-rule'],
    ['an organisation for itself without a role', as({ orgNumber: COMPANY }), 'read', {}, 'no-rule'],
    ['a system user by its owner or vendor', systemUser, 'subscribe', { party: org(OWNER) }, 'no-rule'],
    [
      'another system user of the same owner',
      as({ systemUser: { id: '0d9b6f3e-6c55-4b0a-9c6e-2f1d7a9be002', orgNumber: COMPANY } }),
      'read',
      {},
      'no-rule',
    ],
    [
      'a person by the organisation in the same token',
      as({ pid: STRANGER, orgNumber: ACCOUNTANT }),
      'read',
      {},
      'no-rule',
    ],
    ['another service owner', as({ org: 'nav', orgNumber: OWNER }), 'read', {}, 'no-rule'],
    ['nobody', as({}), 'read', {}, 'no-rule'],
    ['a party that is nobody', director, 'read', { party: '/party/1' }, 'no-rule'],
    [
      'a resource that is none',
      director,
      'read',
      { resource: 'urn:altinn:resource:none' },
      'no-such-resource',
    ],
    ['an action that was not delegated', clerk, 'subscribe', {}, 'no-rule'],
    [
      'another instance than the one that was delegated',
      clerk,
      'write',
      { resource: FORM, instance: `${INSTANCE}2` },
      'no-rule',
    ],
    ['no instance when one was delegated', clerk, 'write', { resource: FORM }, 'no-rule'],
    ['what was delegated, for another party', clerk, 'read', { party: org(ACCOUNTANT) }, 'no-rule'],
    [
      'what was delegated where a rule denies',
      clerk,
      'sign',
      { resource: NAMED },
      'urn:altinn:resource:named:ruleid:11',
    ],
  ])('%s', (_, identity, action, question, because) => {
    expect(ask(identity, action, question)).toEqual({ permitted: false, because });
  });
});

describe('the authentication level', () => {
  const strict = { resource: 'urn:altinn:resource:strict' };
  const tooLow = { permitted: false, because: 'level-too-low', levelTooLow: true };

  test('that the policy asks for is enough', () => {
    expect(ask({ ...director, level: 4 }, 'read', strict)?.permitted).toBe(true);
  });

  test('below it is told apart from having no access', () => {
    expect(ask(director, 'read', strict)).toEqual(tooLow);
    expect(ask({ ...director, level: 1 }, 'read')).toEqual(tooLow);
    expect(ask({ ...stranger, level: 1 }, 'read')).toEqual({ permitted: false, because: 'no-rule' });
  });

  test('is asked for of what was delegated too', () => {
    expect(ask(clerk, 'read', strict)).toEqual(tooLow);
    expect(ask({ ...clerk, level: 4 }, 'read', strict)).toEqual({ permitted: true, because: 'delegation' });
  });

  test('for service owners is their own', () => {
    expect(ask(owner, 'read', strict)?.permitted).toBe(true);
    expect(ask({ ...owner, level: 2 }, 'read', strict)).toEqual(tooLow);
  });
});

test('decisions come in the order of the questions', async () => {
  const questions = [director, stranger, owner].map((identity) => ({
    identity,
    action: 'read',
    resource: SIMPLE,
    party: org(COMPANY),
  }));

  expect((await createLocalDecisionPoint(state).decide(questions)).map(({ permitted }) => permitted)).toEqual(
    [true, false, true],
  );
});

test('a grant counts from the refresh on, and no longer once it is gone', async () => {
  await using mine = await openTestDatabase();
  const log = openLog({ level: 'silent' });
  const own = await openAccessState({ database: mine.database, log, clock: monotonic });
  const question = { identity: director, action: 'read', resource: SIMPLE, party: org(COMPANY) };
  const without = content();
  without.parties.grants.pop();
  const because = [];

  for (const given of [content(), without, content()]) {
    const { version } = await applyRegistry(mine.database, await snapshot(given), 'test');
    because.push(explain(question, own).decision.because);
    await own.refresh(version);
    because.push(explain(question, own).decision.because);
  }

  const rule = 'urn:altinn:resource:super-simple-service:ruleid:1';
  expect(because).toEqual(['no-such-resource', rule, rule, 'no-rule', 'no-rule', rule]);
});

test('an explanation tells the attributes that the policy was asked with', () => {
  const question = {
    identity: director,
    action: 'read',
    resource: FORM,
    party: org(BRANCH),
    instance: INSTANCE,
    attributes: [['urn:altinn:task', 'Task_1']] as const,
  };
  const explained = explain(question, state);

  expect(explained.decision).toEqual({
    permitted: true,
    because: 'urn:altinn:resource:app_ttd_form:ruleid:1',
  });
  expect(explained.subject).toEqual(
    expect.arrayContaining([
      ['urn:altinn:person:identifier-no', DIRECTOR],
      ['urn:altinn:userid', '20001'],
      ['urn:altinn:party:uuid', '6d0c6b52-5c9b-4d4d-8f1a-3c3a0b0a0001'],
      ['urn:altinn:rolecode', 'DAGL'],
    ]),
  );
  expect(explained.resource).toEqual(
    expect.arrayContaining([
      ['urn:altinn:resource', 'app_ttd_form'],
      ['urn:altinn:org', 'ttd'],
      ['urn:altinn:app', 'form'],
      ['urn:altinn:organization:identifier-no', BRANCH],
      ['urn:altinn:instance-id', INSTANCE],
      ['urn:altinn:task', 'Task_1'],
    ]),
  );
  expect(explained.action).toEqual([['urn:oasis:names:tc:xacml:1.0:action:action-id', 'read']]);
});

test('an explanation of a refusal tells who the policy permits, on this resource, for this action', () => {
  const refused = { identity: stranger, action: 'read', resource: SIMPLE, party: org(COMPANY) };
  const { decision, paths } = explain(refused, state);

  expect(decision).toEqual({ permitted: false, because: 'no-rule' });
  expect(paths.flatMap(({ subject }) => subject)).toEqual([
    { attribute: 'urn:altinn:rolecode', values: ['dagl', 'priv'] },
    { attribute: 'urn:altinn:org', values: ['ttd'] },
    { attribute: 'urn:altinn:accesspackage', values: ['post'] },
  ]);
  expect(explain({ ...refused, action: 'write' }, state).paths).toEqual([]);
  expect(explain({ ...refused, resource: 'urn:altinn:resource:none' }, state).paths).toEqual([]);
});
