import type { ArrowFunctionExpression, Function } from 'oxc-parser';
import type { Source } from './sources.ts';
import { lineAt, placesOf } from './syntax.ts';

/** Something that has a size, and where it stands. */
export interface Size {
  readonly where: string;
  readonly size: number;
}

/** Lines of the file. */
export function fileSize({ path, text }: Source): Size {
  return { where: path, size: text.trimEnd().split('\n').length };
}

function functionsOf(source: Source): (Function | ArrowFunctionExpression)[] {
  return placesOf(source).flatMap(({ node }) => {
    const isFunction =
      node.type === 'FunctionDeclaration' ||
      node.type === 'FunctionExpression' ||
      node.type === 'ArrowFunctionExpression';
    return isFunction && node.body?.type === 'BlockStatement' ? [node] : [];
  });
}

/** Lines of every function with a block, those within others too. */
export function functionSizes(source: Source): Size[] {
  return functionsOf(source).map((node) => {
    const first = lineAt(source.text, node.start);
    return { where: `${source.path}:${first}`, size: lineAt(source.text, node.end) - first + 1 };
  });
}

/** Parameters of every function with a block; `this` is none. */
export function parameterCounts(source: Source): Size[] {
  return functionsOf(source).map((node) => ({
    where: `${source.path}:${lineAt(source.text, node.start)}`,
    size: node.params.filter((each) => !(each.type === 'Identifier' && each.name === 'this')).length,
  }));
}

/** The size that a share of all do not exceed: nearest rank, 0 of none. */
export function percentile(sizes: readonly Size[], share: number): number {
  const sorted = sizes.map(({ size }) => size).toSorted((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
}
