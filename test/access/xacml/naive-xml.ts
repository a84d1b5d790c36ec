/** A tree of what an XML text says, read with one regular expression. Knows well-formed documents only. */
export interface Node {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Node[];
  text: string;
}

const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([^\s/>]+)([^>]*?)(\/?)>|([^<]+)/g;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

export function readTree(xml: string): Node {
  const top: Node = { name: '', attributes: {}, children: [], text: '' };
  const path = [top];
  for (const [, cdata, closing, tag, attributes, selfClosing, text] of xml.matchAll(TOKEN)) {
    const parent = path.at(-1) ?? top;
    if (cdata !== undefined) parent.text += cdata;
    else if (text !== undefined) parent.text += decode(text);
    else if (closing) path.pop();
    else if (tag) {
      const node = { name: local(tag), attributes: readAttributes(attributes ?? ''), children: [], text: '' };
      parent.children.push(node);
      if (!selfClosing) path.push(node);
    }
  }
  const root = top.children[0];
  if (!root) throw new Error('no element');
  return root;
}

export function all(node: Node, name: string): Node[] {
  return node.children.filter((child) => child.name === name);
}

function readAttributes(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([^\s=]+)\s*=\s*("[^"]*"|'[^']*')/g)];
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, decode(value.slice(1, -1))]));
}

function local(name: string): string {
  return name.replace(/^.*:/, '');
}

function decode(text: string): string {
  return text.replace(/&(#x([0-9a-f]+)|#(\d+)|\w+);/gi, (_, name: string, hex?: string, decimal?: string) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    return decimal ? String.fromCodePoint(Number(decimal)) : (ENTITIES[name] ?? '?');
  });
}
