import { expect, test } from 'vitest';
import { compilePolicy } from '../../../src/access/xacml/compile.ts';
import { policySubjects } from '../../../src/access/xacml/policy-subjects.ts';
import { policy } from '../../support/policies.ts';
import { FUNCTION_1, matchXml, policyXml, ruleXml, targetXml } from './documents.ts';

test('the subjects of a policy come by resource and action, one path per kind of subject', () => {
  const compiled = compilePolicy(
    policy('tolling')
      .permit({ roles: ['DAGL', 'REGNA'], orgs: ['vei'], actions: ['read', 'subscribe'] })
      .permit({ accessPackages: ['urn:altinn:accesspackage:veg'], actions: ['read'] })
      .deny({ persons: ['08844397713'], actions: ['read'] })
      .xml(),
  );
  const resource = [{ attribute: 'urn:altinn:resource', values: ['tolling'] }];
  const named = (values: string[]) => [
    { attribute: 'urn:oasis:names:tc:xacml:1.0:action:action-id', values },
  ];
  const id = 'urn:altinn:resource:tolling:ruleid:';
  expect(policySubjects(compiled)).toEqual([
    {
      rule: `${id}1`,
      subject: [{ attribute: 'urn:altinn:rolecode', values: ['dagl', 'regna'] }],
      resource,
      action: named(['read', 'subscribe']),
    },
    {
      rule: `${id}1`,
      subject: [{ attribute: 'urn:altinn:org', values: ['vei'] }],
      resource,
      action: named(['read', 'subscribe']),
    },
    {
      rule: `${id}2`,
      subject: [{ attribute: 'urn:altinn:accesspackage', values: ['urn:altinn:accesspackage:veg'] }],
      resource,
      action: named(['read']),
    },
  ]);
});

test('what all alternatives of a path ask for stands together', () => {
  const target = targetXml([[matchXml('role', 'A'), matchXml('org', 'b')]], [[matchXml('level', 'c')]]);
  const [path, ...more] = policySubjects(compilePolicy(policyXml(`<Target/>${ruleXml('Permit', target)}`)));
  expect(more).toEqual([]);
  expect(path?.subject).toEqual([
    { attribute: 'role', values: ['A'] },
    { attribute: 'org', values: ['b'] },
    { attribute: 'level', values: ['c'] },
  ]);
});

test('the target of the policy narrows every path', () => {
  const body = targetXml([[matchXml('action', 'read')]]) + ruleXml('Permit');
  expect(policySubjects(compilePolicy(policyXml(body)))).toMatchObject([
    { subject: [], action: [{ values: ['read'] }] },
  ]);
});

test('a pattern leaves the question open', () => {
  const pattern = matchXml('role', 'D.*', { function: `${FUNCTION_1}string-regexp-match` });
  const body = `<Target/>${ruleXml('Permit', targetXml([[pattern]]))}`;
  expect(policySubjects(compilePolicy(policyXml(body)))).toMatchObject([{ subject: [] }]);
});

test('groups that would multiply without end are left out, which widens the answer', () => {
  const group = Array.from({ length: 20 }, (_, at) => [matchXml('role', `${at}`), matchXml('org', `${at}`)]);
  const body = `<Target/>${ruleXml('Permit', targetXml(group, group, group, group))}`;
  expect(policySubjects(compilePolicy(policyXml(body)))).toHaveLength(400);
});
