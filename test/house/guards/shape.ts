import type { Node } from 'oxc-parser';
import { placesOf } from '../../../scripts/house/syntax.ts';
import { finding, type Guard, isNamed, memberName } from './finding.ts';

/** Who imports from a file that only passes on has no idea which room the thing comes from. */
export const noBarrels: Guard = (source) => {
  const statements = placesOf(source).filter(
    ({ role, parent }) => role === 'body' && parent?.type === 'Program',
  );
  const passedOn = statements.filter(({ node }) => isPassedOn(node));
  const all = statements.filter(({ node }) => node.type === 'ExportAllDeclaration');
  if (all.length > 0)
    return all.map(({ node }) => finding(source, node, 'passes on everything from another file'));
  const isBarrel =
    /(^|\/)index\.\w+$/.test(source.path) || (passedOn.length > 0 && passedOn.length === statements.length);
  return isBarrel ? [`${source.path}:1 is a barrel`] : [];
};

function isPassedOn(node: Node): boolean {
  return node.type === 'ExportNamedDeclaration' && node.source !== null;
}

/** A default export is named anew by everyone who imports it. */
export const noDefaultExports: Guard = (source) => {
  const defaults = placesOf(source).filter(
    ({ node }) =>
      node.type === 'ExportDefaultDeclaration' ||
      (node.type === 'ExportSpecifier' && isNamed(node.exported, ['default'])),
  );
  return defaults.map(({ node }) => finding(source, node, 'exports a default'));
};

/** A file whose name says nothing collects what has no home. */
export const noVagueNames: Guard = ({ path }) =>
  /(^|\/)(utils?|helpers?|common|misc|shared|types|constants)(\/|\.\w+$)/.test(path)
    ? [`${path}:1 has a name that says nothing`]
    : [];

const RUNNERS = ['test', 'it', 'describe', 'suite', 'bench', 'context'];
const HOLDS = ['only', 'skip', 'todo', 'skipIf', 'runIf', 'fails'];

/** Every test that stands there runs, everywhere: what is switched off is forgotten. */
export const noTestHeldBack: Guard = (source) => {
  const held = placesOf(source).filter(({ node }) => isHold(node) || isHoldOption(node));
  return held.map(({ node }) => finding(source, node, 'holds a test back'));
};

/** `test.skip`, `describe.concurrent.only`, `context.skip` */
function isHold(node: Node): boolean {
  return HOLDS.includes(memberName(node) ?? '') && isNamed(rootOf(node), RUNNERS);
}

/** `test('…', { skip: true }, …)` */
function isHoldOption(node: Node): boolean {
  if (node.type !== 'CallExpression' || !isNamed(rootOf(node.callee), RUNNERS)) return false;
  const options = node.arguments.flatMap((each) => (each.type === 'ObjectExpression' ? each.properties : []));
  return options.some((each) => each.type === 'Property' && isNamed(each.key, HOLDS));
}

function rootOf(node: Node): Node {
  if (node.type === 'MemberExpression') return rootOf(node.object);
  return node.type === 'CallExpression' ? rootOf(node.callee) : node;
}

/** Where the tree lies on one machine tells others nothing and works nowhere else. */
export const noMachinePaths: Guard = (source) => {
  const paths = source.text.matchAll(
    /(?<![\w.:*)}~-])\/(work|home|root|tmp|Users|workspace|private|mnt)\/[\w.-]/g,
  );
  return [...paths].map((each) => finding(source, { start: each.index }, 'names a path of one machine'));
};
