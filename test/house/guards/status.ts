import type { Node } from 'oxc-parser';
import { type Place, within } from '../../../scripts/house/syntax.ts';
import { errorCodes } from '../../../src/lib/errors.ts';
import { isLiteral, onlyIn } from './finding.ts';

const kinds = new Set<unknown>([...errorCodes.values()].map(({ kind }) => kind));

function isKind(node: Node): boolean {
  return kinds.has(isLiteral(node) ? node.value : undefined);
}

function isStatus(node: Node): boolean {
  return isLiteral(node) && typeof node.value === 'number' && node.value >= 400 && node.value <= 599;
}

function some(nodes: readonly (Node | null)[], is: (node: Node) => boolean): boolean {
  return nodes.some((node) => node !== null && within(node).some((place) => is(place.node)));
}

/** `missing: 404`, `case 'missing': … 404`, `kind === 'missing' ? 404 : …` */
function decides({ node }: Place): boolean {
  switch (node.type) {
    case 'Property':
      return (
        (isKind(node.key) || (node.key.type === 'Identifier' && kinds.has(node.key.name))) &&
        isStatus(node.value)
      );
    case 'SwitchCase':
      return some([node.test], isKind) && some(node.consequent, isStatus);
    case 'IfStatement':
    case 'ConditionalExpression':
      return some([node.test], isKind) && some([node.consequent, node.alternate], isStatus);
    default:
      return false;
  }
}

export const statusInProblem = onlyIn(
  /^src\/http\/problem\.ts$/,
  decides,
  'gives an error kind its status: that belongs in http/problem.ts',
);
