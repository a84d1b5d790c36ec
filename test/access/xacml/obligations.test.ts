import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/access/xacml/compile.ts';
import { evaluate } from '../../../src/access/xacml/evaluate.ts';
import { INTEGER, STRING, SUBJECT } from '../../../src/access/xacml/names.ts';
import { RequestBuilder } from '../../../src/access/xacml/request.ts';
import type { XacmlResult } from '../../../src/access/xacml/result.ts';
import {
  designatorXml,
  obligationsXml,
  obligationXml,
  PERMIT_OVERRIDES,
  policyXml,
  ruleXml,
  truths,
  valueXml,
} from './documents.ts';

const request = new RequestBuilder()
  .add(SUBJECT, 'name', 'one')
  .add(SUBJECT, 'name', 'two')
  .add(SUBJECT, 'bad', { value: 'x', dataType: INTEGER })
  .build();

function decide(...parts: Parameters<typeof policyXml>): XacmlResult {
  return evaluate(compilePolicy(policyXml(...parts)), request);
}

const due = (id: string, ...values: string[]): string =>
  obligationsXml(obligationXml(id, 'Permit', ...values));

describe('obligations (§7.18)', () => {
  test('of the rules come in their order, then those of the policy', () => {
    const rules = ruleXml('Permit a', due('a')) + ruleXml('Permit b', due('b'));
    const { obligations } = decide(`<Target/>${rules}${due('policy')}`);
    expect(obligations.map(({ id }) => id)).toEqual(['a', 'b', 'policy']);
  });

  test('of rules after the one that overrides are not returned', () => {
    const rules = ruleXml('Permit a', due('a')) + ruleXml('Permit b', due('b'));
    const { obligations } = decide(`<Target/>${rules}`, PERMIT_OVERRIDES);
    expect(obligations.map(({ id }) => id)).toEqual(['a']);
  });

  test('of rules that do not apply are not returned', () => {
    const rules = ruleXml('Permit a', truths['No match'], due('a')) + ruleXml('Permit b');
    expect(decide(`<Target/>${rules}`)).toEqual({ decision: 'Permit', obligations: [], rule: 'b' });
  });

  test('are returned only with the effect they are for', () => {
    const both = obligationsXml(obligationXml('on-permit', 'Permit'), obligationXml('on-deny', 'Deny'));
    const permitted = decide(`<Target/>${ruleXml('Permit', both)}${both}`);
    const denied = decide(`<Target/>${ruleXml('Permit', both)}${ruleXml('Deny', both)}${both}`);
    expect(permitted.obligations.map(({ id }) => id)).toEqual(['on-permit', 'on-permit']);
    expect(denied.obligations.map(({ id }) => id)).toEqual(['on-deny', 'on-deny']);
  });

  test('are not returned when nothing is decided', () => {
    const rules = ruleXml('Permit', due('a')) + ruleXml('Deny', truths.Indeterminate);
    expect(decide(`<Target/>${rules}${due('policy')}`).obligations).toEqual([]);
  });
});

describe('an assignment (§5.39)', () => {
  test('carries the literal of the policy', () => {
    const written = `<Target/>${ruleXml('Permit')}${due('level', valueXml('integer', '3'))}`;
    expect(decide(written).obligations).toEqual([
      { id: 'level', assignments: [{ attribute: 'assigned', value: '3', dataType: INTEGER }] },
    ]);
  });

  test('comes once per value of an attribute, and not at all for a missing one', () => {
    const values = [designatorXml('name'), designatorXml('missing')];
    const { obligations } = decide(`<Target/>${ruleXml('Permit', due('names', ...values))}`);
    expect(obligations).toEqual([
      {
        id: 'names',
        assignments: ['one', 'two'].map((value) => ({ attribute: 'assigned', value, dataType: STRING })),
      },
    ]);
  });

  test.each([
    ['missing', 'missing-attribute', designatorXml('missing', { mustBePresent: true })],
    ['malformed', 'syntax-error', designatorXml('bad', { type: 'integer' })],
  ])('of a %s attribute makes its rule, or its policy, indeterminate', (_, code, value) => {
    const ofRule = decide(`<Target/>${ruleXml('Permit', due('a', value))}`);
    const ofPolicy = decide(`<Target/>${ruleXml('Permit')}${due('a', value)}`);
    for (const { decision, obligations, status } of [ofRule, ofPolicy]) {
      expect({ decision, obligations }).toEqual({ decision: 'Indeterminate{P}', obligations: [] });
      expect(status?.code).toBe(`urn:oasis:names:tc:xacml:1.0:status:${code}`);
    }
  });

  test('of a missing attribute does no harm with the other effect', () => {
    const value = designatorXml('missing', { mustBePresent: true });
    const onDeny = obligationsXml(obligationXml('a', 'Deny', value));
    expect(decide(`<Target/>${ruleXml('Permit', onDeny)}${onDeny}`).decision).toBe('Permit');
  });
});
