/** Where a JSON Pointer (RFC 6901) leads in a document. */
export interface Located {
  /** The pointer with the names that the document has. */
  readonly pointer: string;
  /** Something stands there; otherwise something may be added there. */
  readonly exists: boolean;
  readonly value: unknown;
}

/**
 * Follows a pointer; undefined when it leads through something that is not there. As in ASP.NET, member names come in
 * any letter case and the first slash may be left out.
 */
export function locate(root: unknown, pointer: string): Located | undefined {
  let located: Located = { pointer: '', exists: true, value: root };
  if (pointer === '') return located;
  for (const token of pointer.replace(/^\//, '').split('/')) {
    const name = located.exists ? nameIn(located.value, token) : undefined;
    if (name === undefined) return undefined;
    const members = located.value as Record<string, unknown>;
    const exists = Object.hasOwn(members, name);
    located = { pointer: `${located.pointer}/${name}`, exists, value: exists ? members[name] : undefined };
  }
  return located;
}

/** The name that a token stands for; undefined where there is none and none may be added. */
function nameIn(value: unknown, token: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return isIndex(token, value.length) ? token : undefined;
  const lower = token.toLowerCase();
  const known = Object.keys(value).find((name) => name.toLowerCase() === lower);
  if (known !== undefined) return known;
  const name = token.charAt(0).toLowerCase() + token.slice(1);
  // A name that every object has is none of a document: setting it could change what objects are.
  return name in Object.prototype ? undefined : name;
}

/** An index of the list, the one after its last, or `-`, which stands for that. */
function isIndex(token: string, length: number): boolean {
  return token === '-' || (/^(?:0|[1-9]\d{0,9})$/.test(token) && Number(token) <= length);
}
