import { SaxesParser, type SaxesTagNS } from 'saxes';
import { type ErrorCode, Failure } from '../../lib/errors.ts';
import { XACML_NAMESPACE } from './names.ts';

/** Characters of a document; the largest policy seen in use has 53,000. */
const MAX_LENGTH = 1_000_000;
/** A policy nests 8 deep, a request 4. */
const MAX_DEPTH = 16;

const XML_SCHEMA_INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance';

/** An element of XACML's namespace. `name` is the local one, `line` (from 1) is where it begins. */
export interface XmlElement {
  readonly name: string;
  readonly line: number;
  /** By name; `xml:id` is the only one with a prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** All text directly inside, CDATA included. */
  readonly text: string;
}

/** What a document breaks, and where. Leaves this folder as a Failure only. */
class XmlFault extends Error {}

/** Refuses the document because of this element. */
export function fault(element: XmlElement, reason: string): never {
  throw new XmlFault(`line ${element.line}, ${element.name}: ${reason}`);
}

/**
 * Parses a document and reads it; whatever either finds wrong becomes a Failure of that code whose detail names element
 * and line. Well-formedness and namespaces are checked to the letter: a document type, undefined entities, bytes after
 * the end tag and duplicate attributes are refused, and so is any element of another namespace.
 */
export function readXml<T>(code: ErrorCode, text: string, read: (root: XmlElement) => T): T {
  try {
    return read(parse(text));
  } catch (error) {
    if (error instanceof XmlFault) throw new Failure(code, { detail: error.message });
    throw error;
  }
}

interface OpenElement extends XmlElement {
  readonly children: OpenElement[];
  text: string;
}

function parse(text: string): XmlElement {
  if (text.length > MAX_LENGTH) throw new XmlFault(`the document is longer than ${MAX_LENGTH} characters`);
  const parser = new SaxesParser({ xmlns: true, forceXMLVersion: true, defaultXMLVersion: '1.0' });
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  let line = 1;
  const append = (part: string): void => {
    const element = open.at(-1);
    if (element) element.text += part;
  };
  parser.on('error', (error) => {
    throw new XmlFault(`line ${parser.line}: not well-formed: ${error.message}`);
  });
  parser.on('doctype', () => {
    throw new XmlFault(`line ${parser.line}: a document type is not accepted`);
  });
  parser.on('opentagstart', () => {
    // Told once the character after the name is read: when that is a line end, the count is one ahead.
    line = parser.column === 0 ? parser.line - 1 : parser.line;
  });
  parser.on('opentag', (tag) => {
    const element = toElement(tag, line);
    open.at(-1)?.children.push(element);
    root ??= element;
    if (open.push(element) > MAX_DEPTH) fault(element, `nested deeper than ${MAX_DEPTH}`);
  });
  parser.on('closetag', () => {
    const element = open.pop();
    if (element) element.text = intern(element.text);
  });
  parser.on('text', append);
  parser.on('cdata', append);
  parser.write(text).close();
  if (!root) throw new XmlFault('line 1: no element');
  return root;
}

function toElement(tag: SaxesTagNS, line: number): OpenElement {
  const attributes = new Map<string, string>();
  const element = { name: tag.local, line, attributes, children: [], text: '' };
  if (tag.uri !== XACML_NAMESPACE) fault(element, `not in the namespace ${XACML_NAMESPACE}`);
  for (const { name, prefix, uri, value } of Object.values(tag.attributes)) {
    if (prefix === 'xmlns' || name === 'xmlns' || uri === XML_SCHEMA_INSTANCE) continue;
    if (prefix !== '' && name !== 'xml:id') fault(element, `attribute ${name} is not understood`);
    attributes.set(name, intern(value));
  }
  return element;
}

/**
 * The same text as V8 keeps property names: once and whole. The parser hands out slices, each of which would keep the
 * document alive as long as the policy, and comparing them with the names in requests would double a decision's time.
 */
function intern(text: string): string {
  return Object.keys({ [text]: 0 })[0] ?? text;
}
