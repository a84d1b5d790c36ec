import {
  type AttributeGroup,
  type IndividualRequest,
  individualRequests,
  type RequestAttribute,
} from './multi-request.ts';
import { fault, readXml, type XmlElement } from './xml.ts';
import { attributeOf, childOf, childrenOf, expectShape, flagOf, someOf } from './xml-shape.ts';

/**
 * Reads a Request element of XACML 3.0 (§5.42–5.52) with or without MultiRequests. Throws `request-invalid`: malformed
 * XML, a Content element, and the requests for a combined decision or a list of policies are refused.
 */
export function parseXmlRequest(xml: string): IndividualRequest[] {
  return individualRequests(readXml('request-invalid', xml, parseRequest));
}

function parseRequest(root: XmlElement): Parameters<typeof individualRequests>[0] {
  if (root.name !== 'Request') fault(root, 'not a Request');
  expectShape(root, {
    attributes: ['ReturnPolicyIdList', 'CombinedDecision'],
    children: ['Attributes', 'MultiRequests'],
  });
  for (const name of ['ReturnPolicyIdList', 'CombinedDecision']) {
    if (flagOf(root, name)) fault(root, `${name} is not offered`);
  }
  const multiRequests = childOf(root, 'MultiRequests');
  return {
    groups: childrenOf(root, 'Attributes').map(parseGroup),
    references: multiRequests && parseReferences(multiRequests),
  };
}

function parseGroup(element: XmlElement): AttributeGroup {
  expectShape(element, { attributes: ['Category', 'xml:id'], children: ['Attribute'] });
  return {
    id: element.attributes.get('xml:id'),
    category: attributeOf(element, 'Category'),
    attributes: childrenOf(element, 'Attribute').map(parseAttribute),
  };
}

function parseAttribute(element: XmlElement): RequestAttribute {
  expectShape(element, {
    attributes: ['AttributeId', 'Issuer', 'IncludeInResult'],
    children: ['AttributeValue'],
  });
  const issuer = element.attributes.get('Issuer');
  return {
    attribute: attributeOf(element, 'AttributeId'),
    includeInResult: flagOf(element, 'IncludeInResult'),
    values: someOf(element, 'AttributeValue').map((value) => {
      expectShape(value, { attributes: ['DataType'], text: true });
      return { value: value.text, dataType: attributeOf(value, 'DataType'), issuer };
    }),
  };
}

function parseReferences(element: XmlElement): string[][] {
  expectShape(element, { children: ['RequestReference'] });
  return someOf(element, 'RequestReference').map((reference) => {
    expectShape(reference, { children: ['AttributesReference'] });
    return someOf(reference, 'AttributesReference').map((one) => {
      expectShape(one, { attributes: ['ReferenceId'] });
      return attributeOf(one, 'ReferenceId');
    });
  });
}
