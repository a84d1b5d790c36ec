import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/access/xacml/compile.ts';
import { evaluate } from '../../../src/access/xacml/evaluate.ts';
import { INTEGER, STRING, SUBJECT } from '../../../src/access/xacml/names.ts';
import { RequestBuilder } from '../../../src/access/xacml/request.ts';
import { type MatchOptions, matchXml, policyXml, ruleXml, targetXml } from './documents.ts';

const request = new RequestBuilder()
  .add(SUBJECT, 'role', 'DAGL')
  .add(SUBJECT, 'role', 'UTINN')
  .add(SUBJECT, 'number', { value: '7', dataType: INTEGER })
  .add(SUBJECT, 'mixed', { value: 'seven', dataType: INTEGER })
  .add(SUBJECT, 'mixed', { value: '8', dataType: INTEGER })
  .add(SUBJECT, 'issued', { value: 'x', dataType: STRING, issuer: 'Altinn' })
  .build();

const yes = matchXml('role', 'DAGL');
const no = matchXml('role', 'PRIV');
const unsure = matchXml('missing', 'x', { mustBePresent: true });

const outcomes = {
  Permit: 'Match',
  NotApplicable: 'No match',
  'Indeterminate{P}': 'Indeterminate',
} as const;

/** What the target comes to, seen through a rule that permits. */
function truthOf(target: string): string {
  const { decision } = evaluate(compilePolicy(policyXml(`<Target/>${ruleXml('Permit', target)}`)), request);
  return Object.entries(outcomes).find(([name]) => name === decision)?.[1] ?? decision;
}

describe('a target (table 1)', () => {
  test.each([
    ['without a group matches', [], 'Match'],
    ['matches when all groups match', [[[yes]], [[yes]]], 'Match'],
    ['does not match when one group does not', [[[yes]], [[no]]], 'No match'],
    ['does not match when one group does not, whatever the others', [[[unsure]], [[no]]], 'No match'],
    ['is indeterminate when a group is and none fails', [[[yes]], [[unsure]]], 'Indeterminate'],
  ])('%s', (_, groups, expected) => {
    expect(truthOf(targetXml(...groups))).toBe(expected);
  });
});

describe('a group of alternatives (table 2)', () => {
  test.each([
    ['matches when one alternative does', [[no], [yes]], 'Match'],
    ['matches when one alternative does, whatever the others', [[unsure], [yes]], 'Match'],
    ['is indeterminate when one is and none matches', [[no], [unsure]], 'Indeterminate'],
    ['does not match when no alternative does', [[no], [no]], 'No match'],
  ])('%s', (_, group, expected) => {
    expect(truthOf(targetXml(group))).toBe(expected);
  });
});

describe('an alternative (table 3)', () => {
  test.each([
    ['matches when all matches are true', [yes, matchXml('role', 'UTINN')], 'Match'],
    ['does not match when one is false', [yes, no], 'No match'],
    ['does not match when one is false, whatever the others', [unsure, no], 'No match'],
    ['is indeterminate when one is and none is false', [yes, unsure], 'Indeterminate'],
  ])('%s', (_, matches, expected) => {
    expect(truthOf(targetXml([matches]))).toBe(expected);
  });
});

describe('a match (§7.6, §7.3.5)', () => {
  const integer: MatchOptions = { type: 'integer' };
  test.each([
    ['is true when one of several values is equal', matchXml('role', 'UTINN'), 'Match'],
    ['is false when no value is equal', matchXml('role', 'utinn'), 'No match'],
    ['is false when the attribute is missing', matchXml('missing', 'x'), 'No match'],
    ['is indeterminate when the attribute must be present', unsure, 'Indeterminate'],
    [
      'is not indeterminate when what must be present is',
      matchXml('role', 'x', { mustBePresent: true }),
      'No match',
    ],
    ['sees values of its own data type only', matchXml('number', '7'), 'No match'],
    ['sees them by value', matchXml('number', '007', integer), 'Match'],
    [
      'misses an attribute of another data type',
      matchXml('number', '7', { mustBePresent: true }),
      'Indeterminate',
    ],
    ['is true beside a malformed value', matchXml('mixed', '8', integer), 'Match'],
    [
      'is indeterminate when a malformed value could be meant',
      matchXml('mixed', '9', integer),
      'Indeterminate',
    ],
    ['sees every issuer when it names none', matchXml('issued', 'x'), 'Match'],
    ['sees the issuer it names', matchXml('issued', 'x', { issuer: 'Altinn' }), 'Match'],
    ['does not see another issuer', matchXml('issued', 'x', { issuer: 'other' }), 'No match'],
  ])('%s', (_, match, expected) => {
    expect(truthOf(targetXml([[match]]))).toBe(expected);
  });
});

test('the status tells which attribute is missing', () => {
  const policy = compilePolicy(policyXml(`<Target/>${ruleXml('Permit', targetXml([[unsure]]))}`));
  expect(evaluate(policy, request).status).toEqual({
    code: 'urn:oasis:names:tc:xacml:1.0:status:missing-attribute',
    message: `missing is missing in ${SUBJECT}`,
  });
});

test('the status tells which attribute is malformed, and keeps its value to itself', () => {
  const target = targetXml([[matchXml('mixed', '9', { type: 'integer' })]]);
  const { status } = evaluate(compilePolicy(policyXml(`<Target/>${ruleXml('Permit', target)}`)), request);
  expect(status?.code).toBe('urn:oasis:names:tc:xacml:1.0:status:syntax-error');
  expect(status?.message).toContain('mixed');
  expect(status?.message).not.toContain('seven');
});
