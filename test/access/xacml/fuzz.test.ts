import { describe, expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

describe('3,000 generated policies and requests', () => {
  const report = fuzz(3_000, 20_260_101);

  test('are decided as a naive reading of the standard decides them, with the same obligations and rule', () => {
    expect(report.disagreements).toEqual([]);
    expect(report.cases).toBe(3_000);
  });

  test('are worth asking: every decision occurs, and permits and obligations are common', () => {
    expect([...report.decisions.keys()].toSorted((left, right) => left.localeCompare(right))).toEqual([
      'Deny',
      'Indeterminate{D}',
      'Indeterminate{DP}',
      'Indeterminate{P}',
      'NotApplicable',
      'Permit',
    ]);
    expect(report.decisions.get('Permit')).toBeGreaterThan(0.3 * report.cases);
    expect(report.withObligations).toBeGreaterThan(0.2 * report.cases);
  });
});
