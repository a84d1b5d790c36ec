import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/access/xacml/compile.ts';
import { evaluate } from '../../../src/access/xacml/evaluate.ts';
import { RequestBuilder } from '../../../src/access/xacml/request.ts';
import { DENY_OVERRIDES, PERMIT_OVERRIDES, policyXml, ruleXml, truths } from './documents.ts';

const nobody = new RequestBuilder().build();

/** Rules by what they come to. */
const rules = {
  P: ruleXml('Permit p'),
  D: ruleXml('Deny d'),
  N: ruleXml('Permit n', truths['No match']),
  p: ruleXml('Permit p?', truths.Indeterminate),
  d: ruleXml('Deny d?', truths.Indeterminate),
};

function decide(algorithm: string, written: string, target: string = truths.Match) {
  const body = Array.from(written, (letter) => rules[letter as keyof typeof rules]).join('');
  return evaluate(compilePolicy(policyXml(target + body, algorithm)), nobody);
}

/** P permits, D denies, N is not applicable, p and d are Indeterminate{P} and Indeterminate{D}. */
const denyOverrides = [
  ['', 'NotApplicable'],
  ['N', 'NotApplicable'],
  ['P', 'Permit'],
  ['D', 'Deny'],
  ['p', 'Indeterminate{P}'],
  ['d', 'Indeterminate{D}'],
  ['PD', 'Deny'],
  ['dpPD', 'Deny'],
  ['dP', 'Indeterminate{DP}'],
  ['dp', 'Indeterminate{DP}'],
  ['dN', 'Indeterminate{D}'],
  ['pP', 'Permit'],
  ['Np', 'Indeterminate{P}'],
] as const;

/** The mirror image: every P and D changes places. */
const mirrored: Readonly<Record<string, string>> = { P: 'D', D: 'P', p: 'd', d: 'p', N: 'N' };
const mirroredDecisions: Readonly<Record<string, string>> = {
  Permit: 'Deny',
  Deny: 'Permit',
  'Indeterminate{P}': 'Indeterminate{D}',
  'Indeterminate{D}': 'Indeterminate{P}',
};

describe('deny-overrides (C.2)', () => {
  test.each(denyOverrides)('of %j is %s', (written, expected) => {
    expect(decide(DENY_OVERRIDES, written).decision).toBe(expected);
  });
});

describe('permit-overrides (C.4) is its mirror image', () => {
  test.each(denyOverrides)('of %j', (written, expected) => {
    const swapped = Array.from(written, (letter) => mirrored[letter]).join('');
    expect(decide(PERMIT_OVERRIDES, swapped).decision).toBe(mirroredDecisions[expected] ?? expected);
  });
});

describe('the combining algorithm', () => {
  const versions = ['1.0:rule', '3.0:rule', '1.0:policy', '3.0:policy'];
  const ordered = ['1.1:rule', '3.0:rule', '1.1:policy', '3.0:policy'];
  const names = [
    ...versions.map((version) => [version, ''] as const),
    ...ordered.map((version) => [version, 'ordered-'] as const),
  ];
  test.each(names)(
    'urn:oasis:names:tc:xacml:%s-combining-algorithm:%sdeny-overrides is known',
    (version, order) => {
      const urn = `urn:oasis:names:tc:xacml:${version}-combining-algorithm:${order}`;
      expect(decide(`${urn}deny-overrides`, 'PD').decision).toBe('Deny');
      expect(decide(`${urn}permit-overrides`, 'DP').decision).toBe('Permit');
    },
  );
});

describe('a policy (tables 5 and 7)', () => {
  test.each([
    ['P', 'Indeterminate{P}'],
    ['D', 'Indeterminate{D}'],
    ['N', 'NotApplicable'],
    ['p', 'Indeterminate{P}'],
    ['dP', 'Indeterminate{DP}'],
  ])('whose target is indeterminate makes of %j: %s', (written, expected) => {
    expect(decide(DENY_OVERRIDES, written, truths.Indeterminate).decision).toBe(expected);
  });

  test('whose target does not match is not applicable, whatever its rules say', () => {
    expect(decide(DENY_OVERRIDES, 'dPD', truths['No match'])).toEqual({
      decision: 'NotApplicable',
      obligations: [],
    });
  });
});

describe('the rule that decided', () => {
  test.each([
    ['the first that permits', 'NPP', 'p'],
    ['the first that denies', 'PD', 'd'],
    ['none when nothing is decided', 'dP', undefined],
  ])('is %s', (_, written, expected) => {
    expect(decide(DENY_OVERRIDES, written).rule).toBe(expected);
  });
});
