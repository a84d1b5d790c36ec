import type { AttributeGroup, RequestAttribute } from './multi-request.ts';
import { STATUS_OK } from './names.ts';
import type { AttributeAssignment, Obligation, XacmlResult } from './result.ts';

/** A response of the JSON Profile of XACML 3.0 version 1.1, §5. */
export interface JsonResponse {
  readonly Response: readonly JsonResult[];
}

export interface JsonResult {
  readonly Decision: 'Permit' | 'Deny' | 'NotApplicable' | 'Indeterminate';
  readonly Status: { readonly StatusCode: { readonly Value: string }; readonly StatusMessage?: string };
  readonly Obligations?: readonly JsonObligation[];
  /** The attributes that the request wanted back. */
  readonly Category?: readonly JsonCategory[];
}

export interface JsonObligation {
  readonly Id: string;
  readonly AttributeAssignment: readonly JsonAttribute[];
}

export interface JsonCategory {
  readonly CategoryId: string;
  readonly Attribute: readonly JsonAttribute[];
}

/** One value each, as text, with the data type's URI: clients of Altinn read nothing else. */
export interface JsonAttribute {
  readonly AttributeId: string;
  readonly Value: string;
  readonly DataType: string;
  readonly Category?: string;
  readonly Issuer?: string;
}

/** The result of one decision; which effects an Indeterminate leaves possible does not leave the house (§7.10). */
export function jsonResult(result: XacmlResult, included: readonly AttributeGroup[]): JsonResult {
  const { decision, obligations, status } = result;
  return {
    Decision: plain(decision),
    Status: status
      ? { StatusCode: { Value: status.code }, StatusMessage: status.message }
      : { StatusCode: { Value: STATUS_OK } },
    ...(obligations.length > 0 && { Obligations: obligations.map(jsonObligation) }),
    ...(included.length > 0 && { Category: included.map(jsonCategory) }),
  };
}

function plain(decision: XacmlResult['decision']): JsonResult['Decision'] {
  return decision === 'Permit' || decision === 'Deny' || decision === 'NotApplicable'
    ? decision
    : 'Indeterminate';
}

function jsonObligation({ id, assignments }: Obligation): JsonObligation {
  return { Id: id, AttributeAssignment: assignments.map(jsonAssignment) };
}

function jsonAssignment({
  attribute,
  category,
  issuer,
  value,
  dataType,
}: AttributeAssignment): JsonAttribute {
  return {
    AttributeId: attribute,
    Value: value,
    DataType: dataType,
    ...(category !== undefined && { Category: category }),
    ...(issuer !== undefined && { Issuer: issuer }),
  };
}

function jsonCategory({ category, attributes }: AttributeGroup): JsonCategory {
  return { CategoryId: category, Attribute: attributes.flatMap(jsonAttributes) };
}

function jsonAttributes({ attribute, values }: RequestAttribute): JsonAttribute[] {
  return values.map(({ value, dataType, issuer }) => ({
    AttributeId: attribute,
    Value: value,
    DataType: dataType,
    ...(issuer !== undefined && { Issuer: issuer }),
  }));
}
