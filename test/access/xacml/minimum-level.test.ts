import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/access/xacml/compile.ts';
import { evaluate } from '../../../src/access/xacml/evaluate.ts';
import { minimumLevel } from '../../../src/access/xacml/minimum-level.ts';
import { ACTION, ACTION_ID, INTEGER, RESOURCE } from '../../../src/access/xacml/names.ts';
import { RequestBuilder } from '../../../src/access/xacml/request.ts';
import type { Obligation } from '../../../src/access/xacml/result.ts';
import { policy } from '../../support/policies.ts';

const LEVEL = 'urn:altinn:minimum-authenticationlevel';
const OWNER_LEVEL = 'urn:altinn:minimum-authenticationlevel-org';

function obligations(...levels: (readonly [category: string, value: string])[]): Obligation[] {
  return levels.map(([category, value]) => ({
    id: 'level',
    assignments: [{ attribute: 'level', category, value, dataType: INTEGER }],
  }));
}

describe('the minimum authentication level', () => {
  test.each([
    ['is 0 without obligations', [], 0, 0],
    ['is what the obligation says, for everybody', [[LEVEL, '3']], 3, 3],
    [
      'is lower for a service owner when the policy says so',
      [
        [LEVEL, '4'],
        [OWNER_LEVEL, '2'],
      ],
      4,
      2,
    ],
    [
      'is never higher for a service owner',
      [
        [LEVEL, '2'],
        [OWNER_LEVEL, '4'],
      ],
      2,
      2,
    ],
    ['is 0 when only service owners have one', [[OWNER_LEVEL, '3']], 0, 0],
    [
      'is the highest of several',
      [
        [LEVEL, '2'],
        [LEVEL, '3'],
      ],
      3,
      3,
    ],
    [
      'cannot be reached when it cannot be read',
      [[LEVEL, 'high']],
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ],
    [
      'is not lowered by what cannot be read',
      [
        [LEVEL, '3'],
        [OWNER_LEVEL, '-1'],
      ],
      3,
      3,
    ],
    ['does not come from other obligations', [['urn:other', '4']], 0, 0],
  ] as const)('%s', (_, given, level, ownerLevel) => {
    expect(minimumLevel(obligations(...given))).toBe(level);
    expect(minimumLevel(obligations(...given), true)).toBe(ownerLevel);
  });

  test('comes out of a policy as Altinn writes it', () => {
    const compiled = compilePolicy(
      policy('a')
        .permit({ actions: ['read'] })
        .minimumLevel(4, 2)
        .xml(),
    );
    const request = new RequestBuilder()
      .add(ACTION, ACTION_ID, 'read')
      .add(RESOURCE, 'urn:altinn:resource', 'a');
    const permit = evaluate(compiled, request.build());
    expect(permit.decision).toBe('Permit');
    expect(minimumLevel(permit.obligations)).toBe(4);
    expect(minimumLevel(permit.obligations, true)).toBe(2);
  });
});
