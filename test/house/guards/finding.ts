import type { Node } from 'oxc-parser';
import type { Source } from '../../../scripts/house/sources.ts';
import { lineAt, type Place, placesOf } from '../../../scripts/house/syntax.ts';

/** A breach of a rule of the house: `src/reading/page.ts:12 imports …`. */
export type Finding = string;

/** Looks at one file and at nothing else. */
export type Guard = (source: Source) => Finding[];

export function finding(source: Source, node: Pick<Node, 'start'>, fault: string): Finding {
  return `${source.path}:${lineAt(source.text, node.start)} ${fault}`;
}

/** A guard that looks for one thing everywhere but in its own place. */
export function onlyIn(home: RegExp, isBreach: (place: Place) => boolean, fault: string): Guard {
  return (source) => {
    if (home.test(source.path)) return [];
    const breaches = placesOf(source).filter(isBreach);
    return breaches.map(({ node }) => finding(source, node, fault));
  };
}

export function isLiteral(node: Node | null | undefined): node is Extract<Node, { type: 'Literal' }> {
  return node?.type === 'Literal';
}

/** The node is one of these names. */
export function isNamed(node: Node | null | undefined, names: readonly string[]): boolean {
  return node?.type === 'Identifier' && names.includes(node.name);
}

/** The name that is read in `object.name` or `object['name']`. */
export function memberName(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  if (isLiteral(node.property)) return String(node.property.value);
  return node.computed || node.property.type !== 'Identifier' ? undefined : node.property.name;
}

/** One of these names is read from one of these objects. */
export function isMember(node: Node, objects: readonly string[], names: readonly string[]): boolean {
  return (
    node.type === 'MemberExpression' &&
    isNamed(node.object, objects) &&
    names.includes(memberName(node) ?? '')
  );
}
