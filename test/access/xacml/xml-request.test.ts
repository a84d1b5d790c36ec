import { describe, expect, test } from 'vitest';
import {
  ACTION,
  ACTION_ID,
  INTEGER,
  RESOURCE,
  STRING,
  SUBJECT,
  XACML_NAMESPACE,
} from '../../../src/access/xacml/names.ts';
import { parseXmlRequest } from '../../../src/access/xacml/xml-request.ts';
import { valueXml } from './documents.ts';

const requestXml = (
  body: string,
  attributes = 'ReturnPolicyIdList="false" CombinedDecision="false"',
): string =>
  `<?xml version="1.0"?>\n<x:Request xmlns:x="${XACML_NAMESPACE}" ${attributes}>${body.replaceAll(/<(\/?)(\w)/g, '<$1x:$2')}</x:Request>`;

const attributeXml = (id: string, ...values: string[]): string =>
  `<Attribute AttributeId="${id}" IncludeInResult="true">${values.join('')}</Attribute>`;

const groupXml = (category: string, body: string, id = ''): string =>
  `<Attributes Category="${category}"${id && ` xml:id="${id}"`}>${body}</Attributes>`;

const referenceXml = (...ids: string[]): string =>
  `<RequestReference>${ids.map((id) => `<AttributesReference ReferenceId="${id}"/>`).join('')}</RequestReference>`;

const text = (value: string): string => valueXml('string', value);

describe('an XML request', () => {
  test('carries values with their data types', () => {
    const body = groupXml(
      SUBJECT,
      attributeXml('role', text('DAGL'), text('PRIV')) + attributeXml('n', valueXml('integer', '7')),
    );
    const [only, ...more] = parseXmlRequest(requestXml(body));
    expect(more).toEqual([]);
    expect(only?.request).toEqual(
      new Map([
        [
          SUBJECT,
          new Map([
            ['role', ['DAGL', 'PRIV'].map((value) => ({ value, dataType: STRING, issuer: undefined }))],
            ['n', [{ value: '7', dataType: INTEGER, issuer: undefined }]],
          ]),
        ],
      ]),
    );
  });

  test('with references asks for one decision per reference', () => {
    const body =
      groupXml(SUBJECT, attributeXml('role', text('DAGL')), 's1') +
      groupXml(ACTION, attributeXml(ACTION_ID, text('read')), 'a1') +
      groupXml(ACTION, attributeXml(ACTION_ID, text('write')), 'a2') +
      `<MultiRequests>${referenceXml('s1', 'a1')}${referenceXml('s1', 'a2')}</MultiRequests>`;
    const actions = parseXmlRequest(requestXml(body)).map(({ request, included }) => [
      request.get(ACTION)?.get(ACTION_ID)?.[0]?.value,
      included.length,
    ]);
    expect(actions).toEqual([
      ['read', 2],
      ['write', 2],
    ]);
  });

  test.each([
    ['that is malformed', requestXml('').replace('</x:Request>', ''), 'not well-formed'],
    ['that is a policy', `<Policy xmlns="${XACML_NAMESPACE}"/>`, 'Policy: not a Request'],
    [
      'with Content',
      requestXml(groupXml(RESOURCE, '<Content/>')),
      'Content: not understood inside Attributes',
    ],
    ['without category', requestXml('<Attributes/>'), 'attribute Category is missing'],
    [
      'with an attribute without value',
      requestXml(groupXml(RESOURCE, attributeXml('a'))),
      'at least one AttributeValue',
    ],
    ['for a combined decision', requestXml('', 'CombinedDecision="true"'), 'CombinedDecision is not offered'],
    ['for a list of policies', requestXml('', 'ReturnPolicyIdList="1"'), 'ReturnPolicyIdList is not offered'],
    ['with a category twice', requestXml(groupXml(RESOURCE, '').repeat(2)), 'stands twice in one decision'],
    [
      'with a reference to nothing',
      requestXml(`<MultiRequests>${referenceXml('s1')}</MultiRequests>`),
      'has the id s1',
    ],
  ])('is refused %s', (_, xml, detail) => {
    expect(() => parseXmlRequest(xml)).toThrow(
      expect.objectContaining({ code: 'request-invalid', message: expect.stringContaining(detail) }),
    );
  });
});
