import { type Node, parseSync, visitorKeys } from 'oxc-parser';
import type { Source } from './sources.ts';

/** A node of the syntax tree, and where it hangs. */
export interface Place {
  readonly node: Node;
  readonly parent: Node | undefined;
  /** The member of the parent that holds it. */
  readonly role: string;
}

const known = new WeakMap<Source, readonly Place[]>();

/** Every node of a TypeScript or JavaScript file, parents before children. Throws on a file that does not parse. */
export function placesOf(source: Source): readonly Place[] {
  const before = known.get(source);
  if (before !== undefined) return before;
  const { program, errors } = parseSync(source.path, source.text);
  if (errors[0] !== undefined) throw new Error(`${source.path}: ${errors[0].message}`);
  const places: Place[] = [];
  collect({ node: program, parent: undefined, role: '' }, places);
  known.set(source, places);
  return places;
}

/** Every node at and below this one. */
export function within(node: Node): readonly Place[] {
  const places: Place[] = [];
  collect({ node, parent: undefined, role: '' }, places);
  return places;
}

function collect(place: Place, places: Place[]): void {
  places.push(place);
  for (const role of visitorKeys[place.node.type] ?? []) {
    const below: unknown = Reflect.get(place.node, role);
    for (const node of Array.isArray(below) ? below : [below]) {
      if (isNode(node)) collect({ node, parent: place.node, role }, places);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/** The line, from 1, on which this offset of the text stands. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
