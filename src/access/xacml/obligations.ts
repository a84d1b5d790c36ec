import { type Evaluation, malformed, missing, selectValues } from './evaluation.ts';
import type { ObligationSet } from './policy.ts';
import type { AttributeAssignment, Obligation } from './result.ts';
import type { AssignmentExpression, Designator, Literal, ObligationExpression } from './syntax.ts';
import { canonicalForm } from './values.ts';

/** Fills in at load what does not depend on the request: with Altinn's policies, everything. */
export function obligationSet(expressions: readonly ObligationExpression[]): ObligationSet {
  const isFixed = expressions.every(({ assignments }) => assignments.every(({ value }) => isLiteral(value)));
  return { expressions, fixed: isFixed ? fill(expressions, literalOnly) : undefined };
}

/**
 * The obligations for this request. Undefined when one of them cannot be filled in: whatever it belongs to is then
 * Indeterminate, and the evaluation knows why.
 */
export function fulfil(set: ObligationSet, evaluation: Evaluation): readonly Obligation[] | undefined {
  return set.fixed ?? fill(set.expressions, (value) => resolve(value, evaluation));
}

type Resolve = (value: Literal | Designator) => readonly Literal[] | undefined;

function fill(
  expressions: readonly ObligationExpression[],
  resolved: Resolve,
): readonly Obligation[] | undefined {
  const obligations: Obligation[] = [];
  for (const { id, assignments: written } of expressions) {
    const assignments: AttributeAssignment[] = [];
    for (const expression of written) {
      const values = resolved(expression.value);
      if (!values) return undefined;
      assignments.push(...values.map((value) => assignment(expression, value)));
    }
    obligations.push({ id, assignments });
  }
  return obligations;
}

function assignment(
  { attribute, category, issuer }: AssignmentExpression,
  value: Literal,
): AttributeAssignment {
  return {
    attribute,
    ...(category !== undefined && { category }),
    ...(issuer !== undefined && { issuer }),
    value: value.text,
    dataType: value.dataType,
  };
}

/** One assignment per value (§5.39): none for an attribute that is left out and may be. */
function resolve(value: Literal | Designator, evaluation: Evaluation): readonly Literal[] | undefined {
  if (isLiteral(value)) return [value];
  const found = selectValues(value, evaluation.request);
  const canonical = canonicalForm(value.dataType);
  if (found.some((one) => canonical?.(one.value) === undefined)) evaluation.fault ??= malformed(value);
  else if (found.length > 0 || !value.mustBePresent) return found.map(toLiteral);
  else evaluation.fault ??= missing(value);
  return undefined;
}

function literalOnly(value: Literal | Designator): readonly Literal[] {
  return isLiteral(value) ? [value] : [];
}

function isLiteral(value: Literal | Designator): value is Literal {
  return 'text' in value;
}

function toLiteral({ value, dataType }: { readonly value: string; readonly dataType: string }): Literal {
  return { text: value, dataType };
}
