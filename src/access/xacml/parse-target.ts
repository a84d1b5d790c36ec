import { matchFunction } from './functions.ts';
import type { AnyOfSyntax, Designator, Literal, MatchSyntax, TargetSyntax } from './syntax.ts';
import { canonicalForm } from './values.ts';
import { fault, type XmlElement } from './xml.ts';
import { attributeOf, childrenOf, expectShape, flagOf, someOf, theChildOf } from './xml-shape.ts';

/** Reads a Target (§5.6–5.9); without AnyOf it matches everything. */
export function parseTarget(element: XmlElement): TargetSyntax {
  expectShape(element, { children: ['AnyOf'] });
  return childrenOf(element, 'AnyOf').map(parseAnyOf);
}

function parseAnyOf(element: XmlElement): AnyOfSyntax {
  expectShape(element, { children: ['AllOf'] });
  return someOf(element, 'AllOf').map((allOf) => {
    expectShape(allOf, { children: ['Match'] });
    return someOf(allOf, 'Match').map(parseMatch);
  });
}

function parseMatch(element: XmlElement): MatchSyntax {
  expectShape(element, { attributes: ['MatchId'], children: ['AttributeValue', 'AttributeDesignator'] });
  const id = attributeOf(element, 'MatchId');
  const { dataType, canonical, accept } =
    matchFunction(id) ?? fault(element, `function ${id} is not understood`);
  const literal = parseLiteral(theChildOf(element, 'AttributeValue'));
  const designator = parseDesignator(theChildOf(element, 'AttributeDesignator'));
  for (const given of [literal.dataType, designator.dataType]) {
    if (given !== dataType) fault(element, `${id} takes ${dataType}, not ${given}`);
  }
  try {
    return { designator, canonical, accepted: accept(literal.text) };
  } catch (error) {
    if (error instanceof SyntaxError) fault(element, error.message);
    throw error;
  }
}

/** Reads an AttributeValue (§5.31) whose text is of its data type. */
export function parseLiteral(element: XmlElement): Literal {
  expectShape(element, { attributes: ['DataType'], text: true });
  const dataType = parseDataType(element);
  if (canonicalForm(dataType)?.(element.text) === undefined) fault(element, `the value is no ${dataType}`);
  return { text: element.text, dataType };
}

/** Reads an AttributeDesignator (§5.29). */
export function parseDesignator(element: XmlElement): Designator {
  expectShape(element, { attributes: ['AttributeId', 'Category', 'DataType', 'MustBePresent', 'Issuer'] });
  attributeOf(element, 'MustBePresent');
  return {
    attribute: attributeOf(element, 'AttributeId'),
    category: attributeOf(element, 'Category'),
    dataType: parseDataType(element),
    issuer: element.attributes.get('Issuer'),
    mustBePresent: flagOf(element, 'MustBePresent'),
  };
}

function parseDataType(element: XmlElement): string {
  const dataType = attributeOf(element, 'DataType');
  return canonicalForm(dataType) ? dataType : fault(element, `data type ${dataType} is not understood`);
}
