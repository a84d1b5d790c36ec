import { describe, expect, test } from 'vitest';
import { decide } from '../../src/access/decide.ts';
import type { KnownGrant } from '../../src/access/grant-index.ts';
import type { AccessQuestion } from '../../src/access/ports.ts';
import { compilePolicy } from '../../src/access/xacml/compile.ts';
import { ACTION, ACTION_ID } from '../../src/access/xacml/names.ts';
import { RequestBuilder } from '../../src/access/xacml/request.ts';
import {
  matchXml,
  obligationsXml,
  obligationXml,
  policyXml,
  ruleXml,
  targetXml,
  valueXml,
} from './xacml/documents.ts';

const question: AccessQuestion = {
  identity: { pid: '08844397713', scopes: [], level: 4 },
  action: 'read',
  resource: 'urn:altinn:resource:a',
};
const delegated: KnownGrant = {
  recipient: '',
  party: '',
  roles: [],
  accessPackages: [],
  resources: [{ resource: question.resource, actions: ['read'] }],
  instances: [],
  keyRole: false,
  mainAdministrator: false,
};

function decideBy(body: string, ...grants: KnownGrant[]) {
  const request = new RequestBuilder().add(ACTION, ACTION_ID, question.action).build();
  return decide(question, { policy: compilePolicy(policyXml(`<Target/>${body}`)), request, grants });
}

const level = (category: string, value = '2') =>
  obligationsXml(
    obligationXml('level', 'Permit', valueXml('integer', value)).replace(
      'AttributeId="assigned"',
      `AttributeId="assigned" Category="${category}"`,
    ),
  );
const needsMissing = targetXml([[matchXml('nobody-has-this', 'x', { mustBePresent: true })]]);

describe('a permit with an obligation', () => {
  test('that is the minimum authentication level is judged by the level', () => {
    const category = 'urn:altinn:minimum-authenticationlevel';
    expect(decideBy(ruleXml('Permit one') + level(category))).toEqual({ permitted: true, because: 'one' });
    expect(decideBy(ruleXml('Permit one') + level(category, '5'))).toMatchObject({ levelTooLow: true });
  });

  test.each([
    ['of another kind', level('urn:altinn:notify-somebody')],
    ['without a category', obligationsXml(obligationXml('log', 'Permit', valueXml('string', 'x')))],
    ['without any assignment', obligationsXml(obligationXml('log', 'Permit'))],
  ])('%s does not permit, because nobody here would discharge it', (_, obligations) => {
    const refused = { permitted: false, because: 'obligation-not-understood' };
    expect(decideBy(ruleXml('Permit one') + obligations)).toEqual(refused);
    expect(decideBy(obligations, delegated)).toEqual(refused);
  });

  test('that is for a deny only does not matter', () => {
    const body =
      ruleXml('Permit one') + obligationsXml(obligationXml('log', 'Deny', valueXml('string', 'x')));
    expect(decideBy(body)).toEqual({ permitted: true, because: 'one' });
  });
});

describe('what was delegated', () => {
  test('permits where no rule applies', () => {
    expect(decideBy('', delegated)).toEqual({ permitted: true, because: 'delegation' });
  });

  test('does not permit where a rule denies', () => {
    expect(decideBy(ruleXml('Deny two'), delegated)).toEqual({ permitted: false, because: 'two' });
  });

  test('does not permit where it is not certain that no rule denies', () => {
    expect(decideBy(ruleXml('Deny two', needsMissing), delegated)).toEqual({
      permitted: false,
      because: 'indeterminate',
    });
  });

  test('does not permit when an obligation of the policy cannot be filled in', () => {
    const missing =
      '<AttributeDesignator AttributeId="none" Category="c" DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="true"/>';
    const body = obligationsXml(obligationXml('level', 'Permit', missing));
    expect(decideBy(body, delegated)).toEqual({ permitted: false, because: 'indeterminate' });
  });
});
