import { fault, type XmlElement } from './xml.ts';

/** What an element may carry. Whatever is not named here is not understood, and refused. */
export interface Shape {
  readonly attributes?: readonly string[];
  readonly children?: readonly string[];
  /** Whether text counts; elsewhere only white space may stand between the children. */
  readonly text?: boolean;
}

/** Checks that the element carries nothing but what the shape names. */
export function expectShape(element: XmlElement, shape: Shape): void {
  for (const name of element.attributes.keys()) {
    if (!shape.attributes?.includes(name)) fault(element, `attribute ${name} is not understood`);
  }
  for (const child of element.children) {
    if (!shape.children?.includes(child.name)) fault(child, `not understood inside ${element.name}`);
  }
  if (!shape.text && /[^\t\n\r ]/.test(element.text)) fault(element, 'text is not understood here');
}

/** The children of that name, in order. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** The same, where at least one has to be there. */
export function someOf(element: XmlElement, name: string): XmlElement[] {
  const found = childrenOf(element, name);
  return found.length > 0 ? found : fault(element, `needs at least one ${name}`);
}

/** The only child of that name, if there is one; a second is refused. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  const [first, second] = childrenOf(element, name);
  return second ? fault(second, `stands twice inside ${element.name}`) : first;
}

/** The only child of that name. */
export function theChildOf(element: XmlElement, name: string): XmlElement {
  return childOf(element, name) ?? fault(element, `${name} is missing`);
}

/** The value of an attribute that must be there and not be empty. */
export function attributeOf(element: XmlElement, name: string): string {
  return element.attributes.get(name) || fault(element, `attribute ${name} is missing`);
}

/** An attribute of type xs:boolean; false when it is left out. */
export function flagOf(element: XmlElement, name: string): boolean {
  const value = element.attributes.get(name) ?? 'false';
  if (value === 'true' || value === '1') return true;
  return value === 'false' || value === '0' ? false : fault(element, `attribute ${name} is not a boolean`);
}
