import { expect, test } from 'vitest';
import { fileSize, functionSizes, parameterCounts, percentile } from '../../scripts/house/sizes.ts';

const source = {
  path: 'src/lib/a.ts',
  text: [
    'export function outer(this: void, one: number, { two }: Two): number {',
    '  const short = (x: number) => x;',
    '  const inner = (): void => {',
    '    outer(1);',
    '  };',
    '}',
    'class A {',
    '  method(a: 1, b: 2, c: 3, d: 4) {}',
    '}',
    '',
  ].join('\n'),
};

test('a file has as many lines as it has, without the empty end', () => {
  expect(fileSize(source)).toEqual({ where: 'src/lib/a.ts', size: 9 });
});

test('functions with a block are measured, those within others too', () => {
  expect(functionSizes(source)).toEqual([
    { where: 'src/lib/a.ts:1', size: 6 },
    { where: 'src/lib/a.ts:3', size: 3 },
    { where: 'src/lib/a.ts:8', size: 1 },
  ]);
});

test('parameters are counted, this is none', () => {
  expect(parameterCounts(source).map(({ size }) => size)).toEqual([2, 0, 4]);
});

test('a percentile is the size that so many do not exceed', () => {
  const sizes = [9, 1, 10, 2, 3, 4, 5, 6, 7, 8].map((size) => ({ where: '', size }));
  expect([0.5, 0.9, 1].map((share) => percentile(sizes, share))).toEqual([5, 9, 10]);
  expect(percentile([], 0.5)).toBe(0);
});
