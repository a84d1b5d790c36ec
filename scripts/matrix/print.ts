import type { Played } from '../../test/access/matrix/play.ts';
import { COLUMNS, isGranted } from '../../test/access/matrix/table.ts';

const WHO_WIDTH = 36;
const WIDTH = 13;

/** Prints what was played as tables of what let each cell in; a cell that is not what its table says is marked. */
export function printMatrix(played: readonly Played[]): void {
  for (const resource of new Set(played.map(({ variant }) => variant.resource))) {
    const ofVariant = played.filter(({ variant }) => variant.resource === resource);
    console.log(`\n${line(resource, COLUMNS)}`);
    for (const who of new Set(ofVariant.map(({ cell }) => cell.who))) {
      const row = ofVariant.filter(({ cell }) => cell.who === who);
      const words = COLUMNS.map((column) => wordFor(row.find(({ cell }) => cell.column === column)));
      console.log(line(who, words));
    }
  }
}

function line(first: string, words: readonly string[]): string {
  return first.padEnd(WHO_WIDTH) + words.map((word) => word.padEnd(WIDTH)).join('');
}

function wordFor(played: Played | undefined): string {
  if (!played) return '';
  const { granted } = played;
  const { expected } = played.cell;
  if (granted !== isGranted(expected)) return granted ? 'LET IN' : 'KEPT OUT';
  if (expected.by === 'rule') return `rule ${expected.rule.split(':').at(-1)}`;
  if ('but' in expected) return `- (${expected.but})`;
  return expected.by === 'none' ? '-' : expected.by;
}
