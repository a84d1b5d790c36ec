import { posix } from 'node:path';
import type { Node } from 'oxc-parser';
import type { Source } from '../../../scripts/house/sources.ts';
import { placesOf } from '../../../scripts/house/syntax.ts';
import { type Finding, finding } from './finding.ts';

interface Import {
  readonly node: Node;
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** Everything that a file takes from another one: imports, re-exports, `import()` and types by `import('…')`. */
function importsOf(source: Source): Import[] {
  return placesOf(source).flatMap(({ node }) => {
    if (!('source' in node) || node.source?.type !== 'Literal') return [];
    return [{ node, specifier: String(node.source.value), typeOnly: isTypeOnly(node) }];
  });
}

function isTypeOnly(node: Node): boolean {
  switch (node.type) {
    case 'TSImportType':
      return true;
    case 'ExportAllDeclaration':
      return node.exportKind === 'type';
    case 'ExportNamedDeclaration':
      return node.exportKind === 'type' || all(node.specifiers.map((each) => each.exportKind));
    case 'ImportDeclaration':
      return (
        node.importKind === 'type' ||
        all(node.specifiers.map((each) => 'importKind' in each && each.importKind))
      );
    default:
      return false;
  }
}

function all(kinds: readonly unknown[]): boolean {
  return kinds.length > 0 && kinds.every((kind) => kind === 'type');
}

function targetOf(source: Source, { specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(source.path), specifier) : undefined;
}

/** The floors as CONTRIBUTING.md lists them, and where the two files beside the rooms stand. */
export function floorsOf(contributing: string): Map<string, number> {
  const rows = contributing.matchAll(/^\| *(\d) *\|(.*)\|$/gm);
  const floors = new Map(
    [...rows].flatMap(([, floor, cell]) => roomsOf(cell!).map((room) => [room, Number(floor)])),
  );
  // The process wrapper stands on top. Configuration is for platform.ts and above: rooms get their options instead.
  return floors.set('main', 8).set('config', 5);
}

function roomsOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, room]) => roomOf(`src/${room}`));
}

/** The folder below `src/`, or the file beside the rooms; `config.ts` and `config/` are one room. */
function roomOf(path: string): string {
  return path.split('/')[1]!.replace(/\.ts$/, '');
}

/** An import points downward, or stays in its room. */
export function importDirection(source: Source, floors: ReadonlyMap<string, number>): Finding[] {
  const room = roomOf(source.path);
  const floor = floors.get(room);
  if (floor === undefined) return [`${source.path}:1 is in a room that has no floor in CONTRIBUTING.md`];
  return importsOf(source).flatMap((each) => {
    const target = targetOf(source, each);
    if (target === undefined) return [];
    if (!target.startsWith('src/')) return [finding(source, each.node, `leaves src for ${target}`)];
    if (!target.endsWith('.ts')) return [finding(source, each.node, `imports ${each.specifier} without .ts`)];
    const below = floors.get(roomOf(target)) ?? Number.POSITIVE_INFINITY;
    const downward = roomOf(target) === room || below < floor;
    return downward ? [] : [finding(source, each.node, `imports ${target}, which is not below ${room}`)];
  });
}

/** What receivers and browsers run knows nothing of the program but its types. */
export function typesOnly(source: Source): Finding[] {
  const taken = importsOf(source).filter(
    (each) => targetOf(source, each)?.startsWith('src/') && !each.typeOnly,
  );
  return taken.map((each) => finding(source, each.node, `imports more than types from ${each.specifier}`));
}

/** Files that reach themselves through imports, types included, and those between two such circles. */
export function cycles(sources: readonly Source[]): string[] {
  const targets = new Map(
    sources.map((source) => [source.path, importsOf(source).map((each) => targetOf(source, each))]),
  );
  const left = new Set(targets.keys());
  const isStuck = (path: string): boolean => {
    const imports = targets.get(path)!.some((target) => target !== undefined && left.has(target));
    return imports && [...left].some((other) => targets.get(other)!.includes(path));
  };
  for (let free = [...left]; free.length > 0; ) {
    free = [...left].filter((path) => !isStuck(path));
    for (const path of free) left.delete(path);
  }
  return [...left].toSorted();
}
