/** A part of a JSON text: what stands there, and the name before it when it is a member of an object. */
export interface JsonPart {
  readonly name: string | undefined;
  /** The bytes between the commas, without white space around them. */
  readonly text: string;
}

const TOKEN = /"(?:[^"\\]+|\\.)*"|[{}[\],:]/g;

/**
 * The members of an object or the elements of an array as they were written. Parsing and writing anew would round
 * numbers and drop white space, and signatures cover bytes. Give it only text that `JSON.parse` accepts.
 */
export function partsOf(json: string): JsonPart[] {
  const parts: JsonPart[] = [];
  let depth = 0;
  let begin = 0;
  let name: string | undefined;
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    const isEnd = token === '}' || token === ']';
    if (depth === 1 && (token === ',' || isEnd)) {
      const text = json.slice(begin, index).trim();
      if (text !== '') parts.push({ name, text });
      begin = index + 1;
      name = undefined;
    } else if (depth === 1 && token === ':') {
      name = JSON.parse(json.slice(begin, index)) as string;
      begin = index + 1;
    }
    if (token === '{' || token === '[') {
      if (depth === 0) begin = index + 1;
      depth++;
    } else if (isEnd) depth--;
  }
  return parts;
}
