const STRING_OR_BRACKET = /"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g;

/**
 * Whether an object in this JSON text, at any depth, names a member twice. Parsers disagree on which one counts, so a
 * token that does this may say one thing to us and another to whoever made or forwarded it (RFC 8725 §2.4, RFC 7515
 * §4). Give it only text that `JSON.parse` accepts: there, a string before a colon is always a name.
 */
export function hasDuplicateMember(json: string): boolean {
  const namesByDepth: Set<unknown>[] = [];
  for (const [part] of json.matchAll(STRING_OR_BRACKET)) {
    if (part === '{' || part === '[') namesByDepth.push(new Set());
    else if (part === '}' || part === ']') namesByDepth.pop();
    else if (part.endsWith(':')) {
      const name: unknown = JSON.parse(part.slice(0, part.lastIndexOf('"') + 1));
      const names = namesByDepth.at(-1);
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}
