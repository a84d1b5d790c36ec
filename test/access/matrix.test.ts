import { beforeAll, describe, expect, test } from 'vitest';
import { compilePolicy } from '../../src/access/xacml/compile.ts';
import { startTestPlatform } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { agrees } from './matrix/agree.ts';
import { FRESHNESS, GUARDS } from './matrix/guards.ts';
import { findGuard, policyMutations } from './matrix/mutants.ts';
import { type Played, play, redCells } from './matrix/play.ts';
import { readVariants, writeOpenRegistry } from './matrix/variants.ts';

const variants = await readVariants();
let played: Played[];
beforeAll(async () => {
  await using folder = await writeOpenRegistry(variants);
  await using platform = await startTestPlatform({ REGISTRY_DIR: folder.directory });
  await using receiver = await Receiver.open();
  const system = { base: platform.base, database: platform.db.database };
  played = await play({ system, receiver, variants });
}, 60_000);

const cells = variants.flatMap((variant) => variant.cells.map((cell) => ({ variant, cell })));

describe('every cell', () => {
  test('is let in exactly when the table names what lets it in', () => {
    expect(
      redCells(played).map(({ variant, cell }) => `${variant.resource}: ${cell.who}, ${cell.column}`),
    ).toEqual([]);
    expect(played.length).toBe(cells.length);
  });

  test('is what the naive evaluator says, by the same rule', () => {
    expect(cells.filter(({ variant, cell }) => !agrees(variant, cell))).toEqual([]);
  });
});

test('every rule of every policy stands in its table, and some cell rests on each obstacle', () => {
  for (const { policy, cells: own } of variants) {
    const named = own.flatMap(({ expected }) => (expected.by === 'rule' ? [expected.rule] : []));
    const permits = [...policy.matchAll(/RuleId="([^"]+)" Effect="Permit"/g)].map(([, id]) => id);
    expect(new Set(named)).toEqual(new Set(permits));
  }
  const obstacles = cells.map(({ cell }) => 'but' in cell.expected && cell.expected.but);
  expect(new Set(obstacles)).toEqual(new Set([false, 'scope', 'level', 'held', 'token']));
});

test.each([...GUARDS, ...FRESHNESS])(
  'the guard $name stands once, so that it can be taken away',
  async (guard) => {
    const { source } = await findGuard(guard);
    expect(source.replace(guard.check, guard.without)).not.toBe(source);
  },
);

test('a policy can be without each of its rules and obligations', () => {
  const all = variants.flatMap(({ policy }) => policyMutations(policy));
  expect(all.map(({ name }) => name)).toHaveLength(18);
  for (const { policy } of all) expect(compilePolicy(policy).rules.length).toBeGreaterThan(0);
});
