import type { Node } from 'oxc-parser';
import { type Place, placesOf } from '../../../scripts/house/syntax.ts';
import { finding, type Guard, isMember, isNamed } from './finding.ts';

const SENDERS = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'];
const SERVING = ['createServer', 'createSecureServer', 'Server', 'STATUS_CODES', 'METHODS'];

/** Strangers are called from one room only, because only there their addresses are checked. */
export const requestsInOutbound: Guard = (source) => {
  if (source.path.startsWith('src/outbound/')) return [];
  const places = placesOf(source);
  const own = new Set(places.flatMap(namesGiven));
  const globals = SENDERS.filter((name) => !own.has(name));
  const breaches = places.filter(({ node, parent, role }) => {
    if (isMember(node, ['globalThis', 'global'], SENDERS)) return true;
    return takesSender(node) || (isNamed(node, globals) && !isOnlyWord(parent, role));
  });
  return breaches.map(({ node }) => finding(source, node, 'can send requests: that belongs in outbound'));
};

/** Takes something that can send requests, by value, from a package that has it. */
function takesSender(node: Node): boolean {
  if (node.type !== 'ImportDeclaration' || node.importKind === 'type') return false;
  const isNode = /^(node:)?(https?|http2)$/.test(node.source.value);
  if (!isNode && node.source.value !== 'undici') return false;
  return node.specifiers.some((each) => {
    if (each.type !== 'ImportSpecifier') return true;
    return each.importKind !== 'type' && !(isNode && isNamed(each.imported, SERVING));
  });
}

/** The identifier is a member's or a type's name and reads no variable. */
function isOnlyWord(parent: Node | undefined, role: string): boolean {
  if (parent?.type === 'MemberExpression') return role === 'property' && !parent.computed;
  return role === 'key' || parent?.type.startsWith('TS') === true;
}

/** The names that the file gives to something of its own here: a parameter, a variable, an import, a function. */
function namesGiven({ node, role }: Place): string[] {
  if (node.type === 'ObjectPattern') {
    return node.properties.flatMap((each) => (each.type === 'Property' ? nameOf(each.value) : []));
  }
  return ['params', 'id', 'local', 'left'].includes(role) ? nameOf(node) : [];
}

function nameOf(node: Node): string[] {
  return node.type === 'Identifier' ? [node.name] : [];
}
