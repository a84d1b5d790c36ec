import { parseDesignator, parseLiteral } from './parse-target.ts';
import type { AssignmentExpression, Designator, Effect, Literal, ObligationExpression } from './syntax.ts';
import { fault, type XmlElement } from './xml.ts';
import { attributeOf, childOf, childrenOf, expectShape, someOf } from './xml-shape.ts';

/** Reads the ObligationExpressions of a Policy or Rule (§5.36–5.41), if there are any. */
export function parseObligations(owner: XmlElement): ObligationExpression[] {
  const element = childOf(owner, 'ObligationExpressions');
  if (!element) return [];
  expectShape(element, { children: ['ObligationExpression'] });
  return someOf(element, 'ObligationExpression').map(parseObligation);
}

/** The effect that an attribute names. */
export function parseEffect(element: XmlElement, name: string): Effect {
  const effect = attributeOf(element, name);
  return effect === 'Permit' || effect === 'Deny'
    ? effect
    : fault(element, `${name} is neither Permit nor Deny`);
}

function parseObligation(element: XmlElement): ObligationExpression {
  expectShape(element, {
    attributes: ['ObligationId', 'FulfillOn'],
    children: ['AttributeAssignmentExpression'],
  });
  return {
    id: attributeOf(element, 'ObligationId'),
    fulfillOn: parseEffect(element, 'FulfillOn'),
    assignments: childrenOf(element, 'AttributeAssignmentExpression').map(parseAssignment),
  };
}

function parseAssignment(element: XmlElement): AssignmentExpression {
  expectShape(element, {
    attributes: ['AttributeId', 'Category', 'Issuer'],
    children: ['AttributeValue', 'AttributeDesignator'],
  });
  return {
    attribute: attributeOf(element, 'AttributeId'),
    category: element.attributes.get('Category'),
    issuer: element.attributes.get('Issuer'),
    value: parseAssigned(element),
  };
}

function parseAssigned(element: XmlElement): Literal | Designator {
  const literal = childOf(element, 'AttributeValue');
  const designator = childOf(element, 'AttributeDesignator');
  if (literal && !designator) return parseLiteral(literal);
  if (designator && !literal) return parseDesignator(designator);
  return fault(element, 'needs either AttributeValue or AttributeDesignator');
}
