import { ACTION, ACTION_ID, SUBJECT, XACML_NAMESPACE, XML_SCHEMA } from '../../../src/access/xacml/names.ts';

/** Pieces of policies for tests that need one particular thing. All are on one line unless the caller breaks it. */
export const FUNCTION_1 = 'urn:oasis:names:tc:xacml:1.0:function:';
export const DENY_OVERRIDES = 'urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides';
export const PERMIT_OVERRIDES = 'urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-overrides';

export function policyXml(body: string, algorithm = DENY_OVERRIDES): string {
  return `<Policy xmlns="${XACML_NAMESPACE}" PolicyId="p" Version="1" RuleCombiningAlgId="${algorithm}">${body}</Policy>`;
}

/** `effect` may carry a name: `Permit one`. */
export function ruleXml(effect: string, ...body: string[]): string {
  const [which, id = 'r'] = effect.split(' ');
  return `<Rule RuleId="${id}" Effect="${which}">${body.join('')}</Rule>`;
}

/** A target of groups of alternatives of matches. */
export function targetXml(...groups: string[][][]): string {
  const allOf = (matches: string[]) => `<AllOf>${matches.join('')}</AllOf>`;
  const anyOf = (group: string[][]) => `<AnyOf>${group.map(allOf).join('')}</AnyOf>`;
  return `<Target>${groups.map(anyOf).join('')}</Target>`;
}

export interface MatchOptions {
  readonly function?: string;
  readonly type?: string;
  readonly mustBePresent?: boolean;
  readonly issuer?: string;
}

/** A match on a subject attribute, or on the action when the attribute is `action`. */
export function matchXml(attribute: string, value: string, options: MatchOptions = {}): string {
  const type = options.type ?? 'string';
  const id = options.function ?? `${FUNCTION_1}${type}-equal`;
  return `<Match MatchId="${id}">${valueXml(type, value)}${designatorXml(attribute, options)}</Match>`;
}

export function valueXml(type: string, value: string): string {
  return `<AttributeValue DataType="${XML_SCHEMA}${type}">${value}</AttributeValue>`;
}

export function designatorXml(attribute: string, options: MatchOptions = {}): string {
  const [category, id] = attribute === 'action' ? [ACTION, ACTION_ID] : [SUBJECT, attribute];
  const issuer = options.issuer === undefined ? '' : ` Issuer="${options.issuer}"`;
  return `<AttributeDesignator AttributeId="${id}" Category="${category}" DataType="${XML_SCHEMA}${options.type ?? 'string'}" MustBePresent="${options.mustBePresent ?? false}"${issuer}/>`;
}

/** One obligation whose assignments are the given values or designators. */
export function obligationXml(id: string, fulfillOn: string, ...values: string[]): string {
  const assignments = values.map(
    (value) =>
      `<AttributeAssignmentExpression AttributeId="assigned">${value}</AttributeAssignmentExpression>`,
  );
  return `<ObligationExpression ObligationId="${id}" FulfillOn="${fulfillOn}">${assignments.join('')}</ObligationExpression>`;
}

export function obligationsXml(...obligations: string[]): string {
  return `<ObligationExpressions>${obligations.join('')}</ObligationExpressions>`;
}

/**
 * Targets by what they come to, for every request: a match, no match, or Indeterminate because an attribute that must
 * be there is missing.
 */
export const truths = {
  Match: '<Target/>',
  'No match': targetXml([[matchXml('nobody-has-this', 'x')]]),
  Indeterminate: targetXml([[matchXml('nobody-has-this', 'x', { mustBePresent: true })]]),
} as const;
