import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Failure } from '../../lib/errors.ts';
import { type JsonResponse, jsonResult } from './json-result.ts';
import { jsonValues } from './json-values.ts';
import {
  type AttributeGroup,
  type IndividualRequest,
  individualRequests,
  type RequestAttribute,
} from './multi-request.ts';
import { ACTION, ENVIRONMENT, RESOURCE, SUBJECT } from './names.ts';
import type { XacmlRequest } from './request.ts';
import type { XacmlResult } from './result.ts';

/** Faults that an answer lists. */
const MAX_FAULTS = 20;

/** Left out or null: clients of .NET write every member. */
const maybe = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));
const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);

const attribute = Type.Object({
  AttributeId: Type.String({ minLength: 1 }),
  Value: Type.Union([scalar, Type.Array(scalar)]),
  DataType: maybe(Type.String({ minLength: 1 })),
  Issuer: maybe(Type.String()),
  IncludeInResult: maybe(Type.Boolean()),
});

const group = Type.Object({
  Id: maybe(Type.String({ minLength: 1 })),
  CategoryId: maybe(Type.String({ minLength: 1 })),
  Attribute: maybe(Type.Array(attribute)),
  Content: Type.Optional(Type.Null()),
});

/** The profile lets a single object stand for an array of one. */
const groups = maybe(Type.Union([group, Type.Array(group)]));

const document = Type.Object({
  Request: Type.Object({
    Category: groups,
    AccessSubject: groups,
    Resource: groups,
    Action: groups,
    Environment: groups,
    ReturnPolicyIdList: maybe(Type.Literal(false)),
    CombinedDecision: maybe(Type.Literal(false)),
    MultiRequests: maybe(
      Type.Object({
        RequestReference: Type.Array(Type.Object({ ReferenceId: Type.Array(Type.String()) }), {
          minItems: 1,
        }),
      }),
    ),
  }),
});

const validator = Compile(document);

type Group = Static<typeof group>;
type Request = Static<typeof document>['Request'];

const CATEGORY_MEMBERS = [
  ['AccessSubject', SUBJECT],
  ['Resource', RESOURCE],
  ['Action', ACTION],
  ['Environment', ENVIRONMENT],
] as const;

/**
 * Answers a request of the JSON Profile of XACML 3.0 version 1.1, one result per decision that it asks for, in its
 * order. Throws `request-invalid`; a combined decision, a list of policies and Content are refused.
 */
export function answerJson(body: unknown, decide: (request: XacmlRequest) => XacmlResult): JsonResponse {
  const requests = parseJsonRequest(body);
  return { Response: requests.map(({ request, included }) => jsonResult(decide(request), included)) };
}

/** The decisions that a request of the JSON profile asks for. `body` is parsed JSON. Throws `request-invalid`. */
export function parseJsonRequest(body: unknown): IndividualRequest[] {
  if (!validator.Check(body)) throw new Failure('request-invalid', { fields: faultsOf(body) });
  const request: Request = body.Request;
  return individualRequests({
    groups: [
      ...listOf(request.Category).map((one) => toGroup(one, one.CategoryId)),
      ...CATEGORY_MEMBERS.flatMap(([member, category]) =>
        listOf(request[member]).map((one) => toGroup(one, category)),
      ),
    ],
    references: request.MultiRequests?.RequestReference.map((reference) => reference.ReferenceId),
  });
}

function listOf(given: Request['Category']): readonly Group[] {
  if (!given) return [];
  return Array.isArray(given) ? given : [given];
}

function toGroup(given: Group, category: string | null | undefined): AttributeGroup {
  if (!category) throw new Failure('request-invalid', { detail: 'CategoryId is missing in Category' });
  const attributes = (given.Attribute ?? []).map(toAttribute);
  return { id: given.Id ?? undefined, category, attributes };
}

function toAttribute(given: Static<typeof attribute>): RequestAttribute {
  const { AttributeId, DataType, Issuer, IncludeInResult } = given;
  const values = Array.isArray(given.Value) ? given.Value : [given.Value];
  return {
    attribute: AttributeId,
    includeInResult: IncludeInResult === true,
    values: jsonValues(values, DataType ?? undefined).map((value) => ({
      ...value,
      issuer: Issuer ?? undefined,
    })),
  };
}

/** JSON pointer to messages. */
function faultsOf(body: unknown): Record<string, string[]> {
  const fields: Record<string, string[]> = Object.create(null);
  for (const { instancePath, message } of validator.Errors(body).slice(0, MAX_FAULTS)) {
    (fields[instancePath] ??= []).push(message);
  }
  return fields;
}
