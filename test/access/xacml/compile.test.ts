import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/access/xacml/compile.ts';
import { XACML_NAMESPACE } from '../../../src/access/xacml/names.ts';
import { Failure } from '../../../src/lib/errors.ts';
import {
  DENY_OVERRIDES,
  designatorXml,
  FUNCTION_1,
  matchXml,
  obligationsXml,
  obligationXml,
  policyXml,
  ruleXml,
  targetXml,
  valueXml,
} from './documents.ts';

/** What the failure says, which must be the one for policies. */
function refusal(xml: string): string {
  try {
    compilePolicy(xml);
  } catch (error) {
    if (error instanceof Failure && error.code === 'policy-invalid') return error.message;
    throw error;
  }
  return 'accepted';
}

const inTarget = (match: string): string => policyXml(targetXml([[match]]));
const match = matchXml('role', 'DAGL');
const simple = policyXml('<Target/>');

describe('XML that is refused', () => {
  test.each([
    ['an empty text', '', 'line 1'],
    ['a missing end tag', simple.replace('</Policy>', ''), 'not well-formed'],
    ['an attribute twice', simple.replace('Version="1"', 'Version="1" Version="1"'), 'duplicate attribute'],
    ['bytes after the end tag', `${simple}\n{}`, 'line 2: not well-formed'],
    ['a second root', `${simple}${simple}`, 'not well-formed'],
    ['an unbound prefix', simple.replace('<Target/>', '<x:Target/>'), 'unbound namespace prefix'],
    ['an undefined entity', policyXml('<Description>&company;</Description><Target/>'), 'undefined entity'],
    ['a document type', `<!DOCTYPE Policy [<!ENTITY a "b">]>${simple}`, 'a document type is not accepted'],
    ['a NUL character', policyXml('<Description>&#0;</Description><Target/>'), 'not well-formed'],
    ['another namespace', simple.replace(XACML_NAMESPACE, 'urn:other'), 'not in the namespace'],
    ['a foreign element', policyXml('<Target/><x xmlns="urn:other"/>'), 'line 1, x: not in the namespace'],
    [
      'a foreign attribute',
      policyXml('<Target xmlns:a="urn:a" a:b="c"/>'),
      'attribute a:b is not understood',
    ],
    ['a second byte-order mark', `\uFEFF\uFEFF${simple}`, 'not well-formed'],
    ['too long a text', policyXml(`<Target/>${' '.repeat(1_000_000)}`), 'longer than 1000000 characters'],
    ['too deep a text', `<Policy xmlns="${XACML_NAMESPACE}">`.repeat(17), 'nested deeper than 16'],
  ])('is %s', (_, xml, detail) => {
    expect(refusal(xml)).toContain(detail);
  });
});

describe('what is not understood is refused by name:', () => {
  test.each([
    ['a policy set', `<PolicySet xmlns="${XACML_NAMESPACE}"/>`, 'PolicySet: policy sets are not understood'],
    ['another root', `<Request xmlns="${XACML_NAMESPACE}"/>`, 'Request: not a Policy'],
    [
      'a condition',
      policyXml(`<Target/>${ruleXml('Permit', '<Condition/>')}`),
      'Condition: not understood inside Rule',
    ],
    ['variables', policyXml('<Target/><VariableDefinition/>'), 'VariableDefinition: not understood'],
    ['defaults', policyXml('<PolicyDefaults/><Target/>'), 'PolicyDefaults: not understood'],
    ['advice', policyXml('<Target/><AdviceExpressions/>'), 'AdviceExpressions: not understood'],
    [
      'selectors',
      inTarget('<Match MatchId="m"><AttributeSelector/></Match>'),
      'AttributeSelector: not understood',
    ],
    ['an unknown attribute', policyXml('<Target Kind="x"/>'), 'Target: attribute Kind is not understood'],
    ['text between elements', policyXml('<Target>x</Target>'), 'Target: text is not understood here'],
    ['an unknown algorithm', policyXml('<Target/>', 'urn:x'), 'combining algorithm urn:x is not understood'],
    [
      'an algorithm of another kind',
      policyXml('<Target/>', DENY_OVERRIDES.replace('deny-overrides', 'first-applicable')),
      'first-applicable is not understood',
    ],
    [
      'an unknown function',
      inTarget(matchXml('role', 'x', { function: 'urn:f' })),
      'function urn:f is not understood',
    ],
    [
      'a function that is none for matches',
      inTarget(matchXml('role', 'x', { function: `${FUNCTION_1}string-is-in` })),
      'string-is-in is not understood',
    ],
    [
      'an unknown data type',
      inTarget(match.replaceAll('#string', '#hexBinary')),
      'hexBinary is not understood',
    ],
  ])('%s', (_, xml, detail) => {
    expect(refusal(xml)).toContain(detail);
  });
});

describe('what is incomplete or contradicts itself is refused:', () => {
  const rule = ruleXml('Permit', targetXml([[match]]));
  const assigned = (...values: string[]): string =>
    policyXml(`<Target/>${obligationsXml(obligationXml('o', 'Permit', values.join('')))}`);
  test.each([
    ['a policy without target', policyXml(rule), 'Policy: Target is missing'],
    ['a policy without id', simple.replace('PolicyId="p"', ''), 'attribute PolicyId is missing'],
    ['an empty id', simple.replace('PolicyId="p"', 'PolicyId=""'), 'attribute PolicyId is missing'],
    ['two targets', policyXml('<Target/><Target/>'), 'Target: stands twice inside Policy'],
    [
      'a rule without id',
      policyXml(`<Target/>${rule.replace('RuleId="r"', '')}`),
      'attribute RuleId is missing',
    ],
    ['another effect', policyXml(`<Target/>${ruleXml('Maybe')}`), 'Effect is neither Permit nor Deny'],
    ['an empty group', policyXml('<Target><AnyOf/></Target>'), 'AnyOf: needs at least one AllOf'],
    ['an empty alternative', policyXml(targetXml([[]])), 'AllOf: needs at least one Match'],
    [
      'a match without value',
      inTarget(match.replace(valueXml('string', 'DAGL'), '')),
      'AttributeValue is missing',
    ],
    [
      'a match without designator',
      inTarget(match.replace(designatorXml('role'), '')),
      'AttributeDesignator is missing',
    ],
    ['no MustBePresent', inTarget(match.replace(' MustBePresent="false"', '')), 'MustBePresent is missing'],
    [
      'MustBePresent that is no boolean',
      inTarget(match.replace('"false"', '"no"')),
      'MustBePresent is not a boolean',
    ],
    [
      'a literal of another type than the function takes',
      inTarget(match.replace(valueXml('string', 'DAGL'), valueXml('integer', '1'))),
      'string-equal takes http://www.w3.org/2001/XMLSchema#string, not http://www.w3.org/2001/XMLSchema#integer',
    ],
    [
      'an attribute of another type than the function takes',
      inTarget(match.replace(designatorXml('role'), designatorXml('role', { type: 'anyURI' }))),
      'string-equal takes',
    ],
    [
      'a literal that is not of its type',
      inTarget(matchXml('n', 'x', { type: 'integer' })),
      'the value is no',
    ],
    [
      'a pattern that is none',
      inTarget(matchXml('role', 'a(', { function: `${FUNCTION_1}string-regexp-match` })),
      'Match: pattern, character 2: a group is not closed',
    ],
    ['no obligation', policyXml(`<Target/>${obligationsXml()}`), 'needs at least one ObligationExpression'],
    [
      'an obligation for another effect',
      policyXml(`<Target/>${obligationsXml(obligationXml('o', 'Always'))}`),
      'FulfillOn is neither Permit nor Deny',
    ],
    ['an assignment of nothing', assigned(''), 'needs either AttributeValue or AttributeDesignator'],
    ['an assignment of both', assigned(valueXml('string', 'x'), designatorXml('role')), 'needs either'],
    ['an assigned literal that is not of its type', assigned(valueXml('date', 'soon')), 'the value is no'],
  ])('%s', (_, xml, detail) => {
    expect(refusal(xml)).toContain(detail);
  });
});

test('a refusal names the line on which the element begins', () => {
  for (const ending of ['', ' ', '\n', '\r\n', '\n\n']) {
    const xml = policyXml(`\n<Target/>\n\n${ruleXml('Permit', `\n<Condition${ending}/>`)}`);
    expect(refusal(xml)).toBe('line 5, Condition: not understood inside Rule');
  }
});

test('a refusal does not repeat a value, which may be personal', () => {
  expect(refusal(inTarget(matchXml('n', '08844397713x', { type: 'integer' })))).not.toContain('08844397713');
});

test('comments, CDATA, character references, prefixes and schema locations change nothing', () => {
  const value = '<!-- a --><![CDATA[D]]>A&#71;<!-- b -->L';
  const xml = inTarget(matchXml('role', value))
    .replaceAll(/<(\/?)(\w)/g, '<$1x:$2')
    .replace(
      'xmlns=',
      'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" xmlns:x=',
    );
  const { target } = compilePolicy(xml);
  expect(target).toEqual(compilePolicy(inTarget(match)).target);
});
