import { beforeAll, describe, expect, test } from 'vitest';
import { AccessIndex } from '../../../src/access/access-index.ts';
import { explain } from '../../../src/access/explain.ts';
import { toChanges } from '../../../src/access/registry/snapshot.ts';
import { explanationText } from '../../../src/cli/explanation-text.ts';
import { type PolicyExplainOptions, questionOf } from '../../../src/cli/policy-explain.ts';
import { openLog } from '../../../src/lib/log.ts';
import { SYSTEM_USER_ID } from '../../support/identities.ts';
import {
  BRANCH,
  CLERK,
  COMPANY,
  DIRECTOR,
  OWNER,
  org,
  pid,
  SIMPLE,
  snapshot,
  system,
} from '../registry/content.ts';
import { everyKind, NAMED } from '../registry/every-kind.ts';

const known = new AccessIndex(openLog({ level: 'silent' }));
beforeAll(async () => known.apply(toChanges(await snapshot(everyKind()))));

const RULE = 'urn:altinn:resource:super-simple-service:ruleid:1';
const director = {
  resource: SIMPLE,
  subject: pid(DIRECTOR),
  action: 'read',
  party: org(COMPANY),
  level: '3',
};

function tell(options: Partial<PolicyExplainOptions>): string {
  const question = questionOf({ ...director, ...options }, known);
  return explanationText(question, explain(question, known));
}

test('a permit is told with its rule and with everything that was asked', () => {
  expect(tell({}).split('\n')).toEqual([
    `Permitted by the rule ${RULE}.`,
    '',
    'Asked with',
    `  subject   urn:altinn:person:identifier-no  ${DIRECTOR}`,
    '            urn:altinn:userid                20001',
    expect.stringMatching(/^ {12}urn:altinn:partyid {15}\d+$/),
    '            urn:altinn:party:uuid            6d0c6b52-5c9b-4d4d-8f1a-3c3a0b0a0001',
    '            urn:altinn:rolecode              DAGL',
    '  resource  urn:altinn:resource                    super-simple-service',
    `            urn:altinn:organization:identifier-no  ${COMPANY}`,
    '            urn:altinn:partyid                     50000001',
    expect.stringMatching(/^ {12}urn:altinn:party:uuid {18}[0-9a-f-]{36}$/),
    '  action    urn:oasis:names:tc:xacml:1.0:action:action-id  read',
  ]);
});

test('a refusal is told with everybody whom the policy would permit', () => {
  const text = tell({ subject: pid(CLERK), action: 'subscribe' });
  expect(text).toMatch(/^Not permitted: no rule of the policy applies, and nothing was delegated\.\n/);
  expect(text.split('\n\n').at(-1)?.split('\n')).toEqual([
    'It would be permitted to whoever has, for this party,',
    `  urn:altinn:rolecode dagl or priv  (${RULE})`,
    `  urn:altinn:org ttd  (${RULE})`,
    `  urn:altinn:accesspackage post  (${RULE})`,
    'or a delegation of this action on the resource or on the instance.',
  ]);
});

describe('told in one line is', () => {
  test.each<[string, Partial<PolicyExplainOptions>, string]>([
    ['a delegation', { subject: pid(CLERK) }, 'Permitted: it was delegated.'],
    ['a service owner', { subject: 'urn:altinn:org:TTD' }, `Permitted by the rule ${RULE}.`],
    ['a system user', { subject: system(SYSTEM_USER_ID) }, `Permitted by the rule ${RULE}.`],
    ['an organisation', { subject: org(OWNER) }, 'Not permitted: no rule'],
    ['a role for the main unit', { party: org(BRANCH) }, `Permitted by the rule ${RULE}.`],
    [
      'a rule that denies',
      { subject: pid(CLERK), resource: NAMED, action: 'sign' },
      'Denied by the rule urn:altinn:resource:named:ruleid:11.',
    ],
    ['a level that is too low', { level: '1' }, 'Not permitted: the authentication level is too low.'],
    ['no such resource', { resource: `${SIMPLE}x` }, 'Not permitted: the registry knows no such resource.'],
    [
      'an attribute of the question',
      { resource: NAMED, action: 'task', attribute: ['urn:altinn:task=Task_1'] },
      'Permitted by the rule urn:altinn:resource:named:ruleid:7.',
    ],
  ])('%s', (_, options, line) => {
    expect(tell(options).split('\n')[0]).toContain(line);
  });
});

test('a refusal says which level would be enough, or that no grant helps', () => {
  expect(tell({ level: '1' })).toMatch(/permitted at authentication level 2; this is 1\.$/);
  expect(tell({ action: 'fly' })).toMatch(/No rule permits this action on this resource\./);
  expect(tell({ resource: `${SIMPLE}x` })).toMatch(/A grant changes nothing here/);
});

test('a party that the register does not know is named as a reason', () => {
  expect(tell({ party: org('999999999') })).toContain('The register does not know the party');
  expect(tell({})).not.toContain('does not know');
});

test.each<[string, Partial<PolicyExplainOptions>, string]>([
  ['a level beyond 4', { level: '5' }, '--level'],
  ['a subject that is nobody', { subject: 'DAGL' }, '--subject'],
  ['an attribute without a value', { attribute: ['urn:altinn:task'] }, '--attribute'],
])('%s is refused by the name of its option', (_, options, option) => {
  expect(() => tell(options)).toThrow(
    expect.objectContaining({
      code: 'request-invalid',
      options: expect.objectContaining({ fields: { [option]: [expect.any(String)] } }),
    }),
  );
});
