import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/access/xacml/compile.ts';
import { evaluate } from '../../../src/access/xacml/evaluate.ts';
import { answerJson, parseJsonRequest } from '../../../src/access/xacml/json-profile.ts';
import {
  ACTION,
  ACTION_ID,
  BOOLEAN,
  INTEGER,
  RESOURCE,
  STRING,
  SUBJECT,
} from '../../../src/access/xacml/names.ts';
import { policy } from '../../support/policies.ts';

const DOUBLE = 'http://www.w3.org/2001/XMLSchema#double';

const compiled = compilePolicy(
  policy('tolling')
    .permit({ roles: ['DAGL'], organizations: ['310923044'], actions: ['subscribe'] })
    .minimumLevel(3)
    .xml(),
);

const answer = (Request: unknown) => answerJson({ Request }, (request) => evaluate(compiled, request));

const action = { Attribute: [{ AttributeId: ACTION_ID, Value: 'subscribe' }] };
const resource = { Attribute: [{ AttributeId: 'urn:altinn:resource', Value: 'tolling' }] };
const leader = { Attribute: [{ AttributeId: 'urn:altinn:rolecode', Value: 'dagl' }] };

describe('a request of the JSON profile', () => {
  test('with one object per category is answered with one result and its obligations', () => {
    expect(answer({ AccessSubject: leader, Action: action, Resource: resource })).toEqual({
      Response: [
        {
          Decision: 'Permit',
          Status: { StatusCode: { Value: 'urn:oasis:names:tc:xacml:1.0:status:ok' } },
          Obligations: [
            {
              Id: 'urn:altinn:obligation:authenticationLevel1',
              AttributeAssignment: [
                {
                  AttributeId: 'urn:altinn:obligation1-assignment1',
                  Category: 'urn:altinn:minimum-authenticationlevel',
                  Value: '3',
                  DataType: INTEGER,
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test('with the general form of categories means the same', () => {
    const Category = [
      { CategoryId: SUBJECT, ...leader },
      { CategoryId: ACTION, ...action },
      { CategoryId: RESOURCE, ...resource },
    ];
    expect(answer({ Category }).Response[0]?.Decision).toBe('Permit');
  });

  test('with references is answered once per reference, with what tells the results apart', () => {
    const subject = (Id: string, Value: string) => ({
      Id,
      Attribute: [{ AttributeId: 'urn:altinn:organization:identifier-no', Value, IncludeInResult: true }],
    });
    const { Response } = answer({
      AccessSubject: [subject('s1', '310923044'), subject('s2', '991825827')],
      Action: [{ Id: 'a1', ...action }],
      Resource: [{ Id: 'r1', ...resource }],
      MultiRequests: {
        RequestReference: [{ ReferenceId: ['s2', 'a1', 'r1'] }, { ReferenceId: ['s1', 'a1', 'r1'] }],
      },
    });
    expect(Response.map((one) => [one.Decision, one.Category?.[0]?.Attribute[0]?.Value])).toEqual([
      ['NotApplicable', '991825827'],
      ['Permit', '310923044'],
    ]);
    expect(Response[1]?.Category).toEqual([
      {
        CategoryId: SUBJECT,
        Attribute: [
          { AttributeId: 'urn:altinn:organization:identifier-no', Value: '310923044', DataType: STRING },
        ],
      },
    ]);
  });

  test('may carry null for whatever may be left out', () => {
    const Request = {
      ReturnPolicyIdList: false,
      CombinedDecision: false,
      XPathVersion: null,
      Category: null,
      AccessSubject: [{ Id: null, CategoryId: null, Content: null, Attribute: null }],
      Resource: [
        {
          Attribute: [{ AttributeId: 'a', Value: 'b', Issuer: null, DataType: null, IncludeInResult: null }],
        },
      ],
      Environment: null,
      MultiRequests: null,
    };
    expect(answer(Request).Response[0]?.Decision).toBe('NotApplicable');
  });

  test('does not tell which effects an indeterminate decision leaves possible', () => {
    const decide = () => ({
      decision: 'Indeterminate{DP}' as const,
      obligations: [],
      status: { code: 'urn:x', message: 'why' },
    });
    expect(answerJson({ Request: {} }, decide)).toEqual({
      Response: [
        { Decision: 'Indeterminate', Status: { StatusCode: { Value: 'urn:x' }, StatusMessage: 'why' } },
      ],
    });
  });
});

describe('a value of the JSON profile', () => {
  test.each([
    ['a text', { Value: 'x' }, [['x', STRING]]],
    ['a whole number', { Value: 7 }, [['7', INTEGER]]],
    ['a fraction', { Value: 1.5 }, [['1.5', DOUBLE]]],
    ['a number beyond 2^53', { Value: 1e21 }, [['1e+21', DOUBLE]]],
    ['true', { Value: true }, [['true', BOOLEAN]]],
    [
      'several',
      { Value: ['x', 'y'] },
      [
        ['x', STRING],
        ['y', STRING],
      ],
    ],
    [
      'numbers of both kinds',
      { Value: [1, 1.5] },
      [
        ['1', DOUBLE],
        ['1.5', DOUBLE],
      ],
    ],
    ['none', { Value: [] }, undefined],
    ['a named type', { Value: '7', DataType: 'integer' }, [['7', INTEGER]]],
    ['a type by its URI', { Value: '7', DataType: INTEGER }, [['7', INTEGER]]],
    ['a type that no policy knows', { Value: 'x', DataType: 'urn:t' }, [['x', 'urn:t']]],
  ])('is %s', (_, attribute, expected) => {
    const Request = { Resource: { Attribute: [{ AttributeId: 'a', ...attribute }] } };
    const values = parseJsonRequest({ Request })[0]?.request.get(RESOURCE)?.get('a');
    expect(values?.map(({ value, dataType }) => [value, dataType])).toEqual(expected);
  });

  test('joins the others of its attribute', () => {
    const Attribute = ['x', 'y'].map((Value) => ({ AttributeId: 'a', Value }));
    const values = parseJsonRequest({ Request: { Resource: { Attribute } } })[0]
      ?.request.get(RESOURCE)
      ?.get('a');
    expect(values?.map(({ value }) => value)).toEqual(['x', 'y']);
  });

  test('keeps its issuer', () => {
    const Attribute = [{ AttributeId: 'a', Value: 'x', Issuer: 'Altinn' }];
    const values = parseJsonRequest({ Request: { Resource: { Attribute } } })[0]?.request.get(RESOURCE);
    expect(values?.get('a')).toEqual([{ value: 'x', dataType: STRING, issuer: 'Altinn' }]);
  });
});

describe('a request of the JSON profile is refused', () => {
  const attribute = (members: object) => ({ Resource: { Attribute: [{ AttributeId: 'a', ...members }] } });
  test.each([
    ['without Request', undefined],
    ['with an attribute without id', { Resource: { Attribute: [{ Value: 'x' }] } }],
    ['with an attribute without value', attribute({})],
    ['with an object for a value', attribute({ Value: {} })],
    ['with values of several types', attribute({ Value: ['x', 1] })],
    ['with a short name that no type has', attribute({ Value: 'x', DataType: 'text' })],
    ['with Content', { Resource: { Content: '<x/>' } }],
    ['for a combined decision', { CombinedDecision: true }],
    ['for a list of policies', { ReturnPolicyIdList: true }],
    ['with a category without name', { Category: [{ Attribute: [] }] }],
    ['with a category that stands twice in one decision', { Resource: [resource, resource] }],
    ['with no reference at all', { MultiRequests: { RequestReference: [] } }],
    ['with a reference to nothing', { MultiRequests: { RequestReference: [{ ReferenceId: ['r1'] }] } }],
    [
      'with two groups of one id',
      {
        Resource: [{ Id: 'r1' }, { Id: 'r1' }],
        MultiRequests: { RequestReference: [{ ReferenceId: ['r1'] }] },
      },
    ],
    [
      'with too many references',
      { MultiRequests: { RequestReference: Array.from({ length: 10_001 }, () => ({ ReferenceId: [] })) } },
    ],
    [
      'whose results would repeat far more than it holds',
      {
        Resource: {
          Id: 'r1',
          Attribute: Array.from({ length: 101 }, () => ({
            AttributeId: 'a',
            Value: 'x',
            IncludeInResult: true,
          })),
        },
        MultiRequests: { RequestReference: Array.from({ length: 1_000 }, () => ({ ReferenceId: ['r1'] })) },
      },
    ],
  ])('%s', (_, Request) => {
    expect(() => parseJsonRequest({ Request })).toThrow(expect.objectContaining({ code: 'request-invalid' }));
  });

  test('with the path to the fault', () => {
    expect(() =>
      parseJsonRequest({ Request: { Action: { Attribute: [{ AttributeId: '', Value: 'x' }] } } }),
    ).toThrow(
      expect.objectContaining({
        options: {
          fields: expect.objectContaining({ '/Request/Action/Attribute/0/AttributeId': expect.anything() }),
        },
      }),
    );
  });
});
