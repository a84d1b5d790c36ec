import { expect, test } from 'vitest';
import {
  ACTION,
  ACTION_ID,
  RESOURCE,
  STATUS_OK,
  STRING,
  XACML_NAMESPACE,
} from '../../../src/access/xacml/names.ts';
import { evaluateDocument } from '../../../src/cli/policy-evaluate.ts';
import { policy } from '../../support/policies.ts';

const written = policy('a')
  .permit({ actions: ['read'] })
  .minimumLevel(3)
  .xml();

const jsonRequest = (action: string) =>
  JSON.stringify({
    Request: {
      Resource: [{ Attribute: [{ AttributeId: 'urn:altinn:resource', Value: 'a' }] }],
      Action: [{ Attribute: [{ AttributeId: ACTION_ID, Value: action, IncludeInResult: true }] }],
    },
  });

const xmlRequest = `<?xml version="1.0"?>
<Request xmlns="${XACML_NAMESPACE}" ReturnPolicyIdList="false" CombinedDecision="false">
  <Attributes Category="${RESOURCE}"><Attribute AttributeId="urn:altinn:resource" IncludeInResult="false">
    <AttributeValue DataType="${STRING}">a</AttributeValue></Attribute></Attributes>
  <Attributes Category="${ACTION}"><Attribute AttributeId="${ACTION_ID}" IncludeInResult="true">
    <AttributeValue DataType="${STRING}">read</AttributeValue></Attribute></Attributes>
</Request>`;

test.each([
  ['in the JSON profile', jsonRequest('read')],
  ['in XML', `\n${xmlRequest}`.trimStart()],
])(
  'a request %s is answered in the JSON profile, obligations and repeated attributes included',
  (_, request) => {
    expect(evaluateDocument(written, request)).toEqual({
      Response: [
        {
          Decision: 'Permit',
          Status: { StatusCode: { Value: STATUS_OK } },
          Obligations: [expect.objectContaining({ Id: 'urn:altinn:obligation:authenticationLevel1' })],
          Category: [
            { CategoryId: ACTION, Attribute: [{ AttributeId: ACTION_ID, Value: 'read', DataType: STRING }] },
          ],
        },
      ],
    });
  },
);

test('what no rule is about is not applicable', () => {
  expect(evaluateDocument(written, jsonRequest('write'))).toMatchObject({
    Response: [{ Decision: 'NotApplicable' }],
  });
});

test.each([
  ['a policy that is none', '<Policy/>', jsonRequest('read'), 'policy-invalid'],
  ['a request of neither form', written, 'read, please', 'request-invalid'],
  ['a request that is another document', written, '<Policy/>', 'request-invalid'],
])('%s is refused', (_, policyXml, request, code) => {
  expect(() => evaluateDocument(policyXml, request)).toThrow(expect.objectContaining({ code }));
});
