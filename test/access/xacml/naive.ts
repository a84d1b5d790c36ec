import { isOfType, naiveFunctions } from './naive-functions.ts';
import { all, type Node, readTree } from './naive-xml.ts';

/**
 * A second policy decision point, slow and plain, that follows the text of the XACML 3.0 core specification table by
 * table. It shares no code with the first one; what they disagree about, one of them has wrong.
 */
export interface NaiveAttribute {
  readonly category: string;
  readonly attribute: string;
  readonly value: string;
  readonly dataType: string;
  readonly issuer?: string;
}

export interface NaiveResult {
  readonly decision: string;
  readonly obligations: readonly unknown[];
  readonly rule?: string;
}

type Request = readonly NaiveAttribute[];

export function decideNaively(xml: string, request: Request): NaiveResult {
  const policy = readTree(xml);
  const target = evaluateTarget(all(policy, 'Target')[0], request);
  if (target === 'No match') return { decision: 'NotApplicable', obligations: [] };
  const results = all(policy, 'Rule').map((rule) => evaluateRule(rule, request));
  const algorithm = policy.attributes['RuleCombiningAlgId'] ?? '';
  const combined = algorithm.endsWith('permit-overrides') ? permitOverrides(results) : denyOverrides(results);
  const decision = target === 'Indeterminate' ? table7(combined) : combined;
  if (decision !== 'Permit' && decision !== 'Deny') return { decision, obligations: [] };
  const own = evaluateObligations(policy, decision, request);
  if (own === 'Indeterminate') return { decision: table7(decision), obligations: [] };
  const agreeing = returned(results, decision, algorithm);
  const obligations = [...agreeing.flatMap((result) => result.obligations), ...own];
  return { decision, obligations, ...(agreeing[0] && { rule: agreeing[0].rule }) };
}

interface RuleResult {
  readonly rule: string;
  readonly decision: string;
  readonly obligations: readonly unknown[];
}

/** The rules whose obligations go up: the first one that overrides, for it ends the algorithm, or all that agree. */
function returned(results: readonly RuleResult[], decision: string, algorithm: string): RuleResult[] {
  const agreeing = results.filter((result) => result.decision === decision);
  const overriding = algorithm.endsWith('permit-overrides') ? 'Permit' : 'Deny';
  return decision === overriding ? agreeing.slice(0, 1) : agreeing;
}

/** Table 4, and §7.18 for the obligations. */
function evaluateRule(rule: Node, request: Request): RuleResult {
  const effect = rule.attributes['Effect'] ?? '';
  const name = rule.attributes['RuleId'] ?? '';
  const unsure = {
    rule: name,
    decision: effect === 'Permit' ? 'Indeterminate{P}' : 'Indeterminate{D}',
    obligations: [],
  };
  const target = evaluateTarget(all(rule, 'Target')[0], request);
  if (target === 'No match') return { rule: name, decision: 'NotApplicable', obligations: [] };
  if (target === 'Indeterminate') return unsure;
  const obligations = evaluateObligations(rule, effect, request);
  return obligations === 'Indeterminate' ? unsure : { rule: name, decision: effect, obligations };
}

/** Table 7. */
function table7(combined: string): string {
  if (combined === 'Permit') return 'Indeterminate{P}';
  return combined === 'Deny' ? 'Indeterminate{D}' : combined;
}

/** C.2, line by line. */
function denyOverrides(results: readonly RuleResult[]): string {
  let atLeastOneErrorD = false;
  let atLeastOneErrorP = false;
  let atLeastOneErrorDP = false;
  let atLeastOnePermit = false;
  for (const { decision } of results) {
    if (decision === 'Deny') return 'Deny';
    if (decision === 'Permit') atLeastOnePermit = true;
    if (decision === 'Indeterminate{D}') atLeastOneErrorD = true;
    if (decision === 'Indeterminate{P}') atLeastOneErrorP = true;
    if (decision === 'Indeterminate{DP}') atLeastOneErrorDP = true;
  }
  if (atLeastOneErrorDP) return 'Indeterminate{DP}';
  if (atLeastOneErrorD && (atLeastOneErrorP || atLeastOnePermit)) return 'Indeterminate{DP}';
  if (atLeastOneErrorD) return 'Indeterminate{D}';
  if (atLeastOnePermit) return 'Permit';
  return atLeastOneErrorP ? 'Indeterminate{P}' : 'NotApplicable';
}

/** C.4, line by line. */
function permitOverrides(results: readonly RuleResult[]): string {
  let atLeastOneErrorD = false;
  let atLeastOneErrorP = false;
  let atLeastOneErrorDP = false;
  let atLeastOneDeny = false;
  for (const { decision } of results) {
    if (decision === 'Permit') return 'Permit';
    if (decision === 'Deny') atLeastOneDeny = true;
    if (decision === 'Indeterminate{D}') atLeastOneErrorD = true;
    if (decision === 'Indeterminate{P}') atLeastOneErrorP = true;
    if (decision === 'Indeterminate{DP}') atLeastOneErrorDP = true;
  }
  if (atLeastOneErrorDP) return 'Indeterminate{DP}';
  if (atLeastOneErrorP && (atLeastOneErrorD || atLeastOneDeny)) return 'Indeterminate{DP}';
  if (atLeastOneErrorP) return 'Indeterminate{P}';
  if (atLeastOneDeny) return 'Deny';
  return atLeastOneErrorD ? 'Indeterminate{D}' : 'NotApplicable';
}

/** Table 1. */
function evaluateTarget(target: Node | undefined, request: Request): string {
  const values = target ? all(target, 'AnyOf').map((anyOf) => evaluateAnyOf(anyOf, request)) : [];
  if (values.every((value) => value === 'Match')) return 'Match';
  return values.includes('No match') ? 'No match' : 'Indeterminate';
}

/** Table 2. */
function evaluateAnyOf(anyOf: Node, request: Request): string {
  const values = all(anyOf, 'AllOf').map((allOf) => evaluateAllOf(allOf, request));
  if (values.includes('Match')) return 'Match';
  return values.includes('Indeterminate') ? 'Indeterminate' : 'No match';
}

/** Table 3. */
function evaluateAllOf(allOf: Node, request: Request): string {
  const values = all(allOf, 'Match').map((match) => evaluateMatch(match, request));
  if (values.every((value) => value === true)) return 'Match';
  return values.includes(false) ? 'No match' : 'Indeterminate';
}

/** §7.6. */
function evaluateMatch(match: Node, request: Request): boolean | 'Indeterminate' {
  const compare = naiveFunctions[(match.attributes['MatchId'] ?? '').replace(/^.*:/, '')];
  if (!compare) throw new Error('unknown function');
  const literal = all(match, 'AttributeValue')[0]?.text ?? '';
  const bag = evaluateDesignator(all(match, 'AttributeDesignator')[0], request);
  if (bag === 'Indeterminate') return 'Indeterminate';
  const answers = bag.map(({ value }) => compare(literal, value));
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? 'Indeterminate' : false;
}

/** §7.3.5. */
function evaluateDesignator(
  designator: Node | undefined,
  request: Request,
): NaiveAttribute[] | 'Indeterminate' {
  const { Category, AttributeId, DataType, MustBePresent, Issuer } = designator?.attributes ?? {};
  const bag = request.filter(
    (one) =>
      one.category === Category &&
      one.attribute === AttributeId &&
      one.dataType === DataType &&
      (Issuer === undefined || one.issuer === Issuer),
  );
  return bag.length === 0 && MustBePresent === 'true' ? 'Indeterminate' : bag;
}

/** §7.18: only those for this decision, and one that cannot be evaluated spoils all. */
function evaluateObligations(owner: Node, decision: string, request: Request): unknown[] | 'Indeterminate' {
  const expressions = all(owner, 'ObligationExpressions').flatMap((one) => all(one, 'ObligationExpression'));
  const due = expressions.filter((one) => one.attributes['FulfillOn'] === decision);
  const obligations = due.map((one) => ({
    id: one.attributes['ObligationId'],
    assignments: all(one, 'AttributeAssignmentExpression').map((each) => evaluateAssignment(each, request)),
  }));
  if (obligations.some(({ assignments }) => assignments.includes('Indeterminate'))) return 'Indeterminate';
  return obligations.map(({ id, assignments }) => ({ id, assignments: assignments.flat() }));
}

/** §5.39. */
function evaluateAssignment(expression: Node, request: Request): unknown[] | 'Indeterminate' {
  const { AttributeId, Category, Issuer } = expression.attributes;
  const literal = all(expression, 'AttributeValue')[0];
  const values = literal
    ? [{ value: literal.text, dataType: literal.attributes['DataType'] ?? '' }]
    : evaluateDesignator(all(expression, 'AttributeDesignator')[0], request);
  if (values === 'Indeterminate') return 'Indeterminate';
  if (values.some(({ value, dataType }) => !isOfType(dataType, value))) return 'Indeterminate';
  return values.map(({ value, dataType }) => ({
    attribute: AttributeId,
    ...(Category !== undefined && { category: Category }),
    ...(Issuer !== undefined && { issuer: Issuer }),
    value,
    dataType,
  }));
}
