import { isDeepStrictEqual } from 'node:util';
import { naiveAnswer } from './naive-answer.ts';
import { type Cell, isGranted } from './table.ts';
import type { Variant } from './variants.ts';

/**
 * Whether the naive evaluator says what the table says: the same rule, the same delegation, or nothing. Where the table
 * names an obstacle that no policy knows of, there must be something behind it that would be granted; otherwise nobody
 * would see the obstacle go.
 */
export function agrees(variant: Variant, cell: Cell): boolean {
  const { expected } = cell;
  const naive = naiveAnswer(variant, cell);
  const hasOtherObstacle = 'but' in expected && expected.but !== 'level';
  return hasOtherObstacle ? isGranted(naive) : isDeepStrictEqual(naive, expected);
}
