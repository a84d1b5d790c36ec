import { Evaluation, INDETERMINATE, NO } from './evaluation.ts';
import { fulfil } from './obligations.ts';
import type { Policy, Rule } from './policy.ts';
import type { Effect } from './syntax.ts';
import type { XacmlRequest } from './request.ts';
import type { Indeterminate, Obligation, XacmlResult } from './result.ts';

const NOT_APPLICABLE: XacmlResult = { decision: 'NotApplicable', obligations: [] };

const uncertain = { Permit: 'Indeterminate{P}', Deny: 'Indeterminate{D}' } as const;

/** Decides as §7.10–7.18 and C.2–C.5 of the XACML 3.0 core specification say. Pure: no clock, no input but these two. */
export function evaluate(policy: Policy, request: XacmlRequest): XacmlResult {
  const evaluation = new Evaluation(policy.slots, request);
  const applies = evaluation.target(policy.target);
  if (applies === NO) return NOT_APPLICABLE;
  const combined = combine(policy, evaluation);
  if (combined.decision !== 'Permit' && combined.decision !== 'Deny') return combined;
  // Table 7: a target that is Indeterminate takes the certainty from what the rules say, not the effect.
  if (applies === INDETERMINATE) return indeterminate(uncertain[combined.decision], evaluation);
  const own = fulfil(policy.obligations[combined.decision], evaluation);
  if (!own) return indeterminate(uncertain[combined.decision], evaluation);
  return own.length === 0 ? combined : { ...combined, obligations: [...combined.obligations, ...own] };
}

/**
 * What the policy itself asks of whoever obeys this effect, for a decision that something beside its rules has made.
 * Undefined when it cannot be filled in.
 */
export function ownObligations(
  policy: Policy,
  effect: Effect,
  request: XacmlRequest,
): readonly Obligation[] | undefined {
  return fulfil(policy.obligations[effect], new Evaluation(policy.slots, request));
}

/**
 * Deny-overrides and permit-overrides, which are each other's mirror image. The first rule with the overriding effect
 * decides, and no later one is evaluated; otherwise all rules with the other effect decide together.
 */
function combine(policy: Policy, evaluation: Evaluation): XacmlResult {
  const { overriding } = policy;
  const yielding = overriding === 'Deny' ? 'Permit' : 'Deny';
  let overridingFault = false;
  let yieldingFault = false;
  let rule: string | undefined;
  const obligations: Obligation[] = [];
  for (const one of candidates(policy, evaluation)) {
    const outcome = evaluateRule(one, evaluation);
    if (outcome === NO) continue;
    if (outcome === INDETERMINATE) {
      if (one.effect === overriding) overridingFault = true;
      else yieldingFault = true;
    } else if (one.effect === overriding) {
      return { decision: overriding, obligations: outcome, rule: one.id };
    } else {
      rule ??= one.id;
      obligations.push(...outcome);
    }
  }
  if (overridingFault) {
    const both = yieldingFault || rule !== undefined;
    return indeterminate(both ? 'Indeterminate{DP}' : uncertain[overriding], evaluation);
  }
  if (rule !== undefined) return { decision: yielding, obligations, rule };
  return yieldingFault ? indeterminate(uncertain[yielding], evaluation) : NOT_APPLICABLE;
}

/** The rules that can be anything but NotApplicable, in document order. */
function candidates({ index, rules }: Policy, evaluation: Evaluation): readonly Rule[] {
  if (!index) return rules;
  const { values, fault } = evaluation.bag(index.slot);
  const [value, ...more] = values;
  if (fault || more.length > 0) return rules;
  return value === undefined ? index.otherwise : (index.byValue.get(value) ?? index.otherwise);
}

/** The rule's obligations when it has its effect; NO when it is not applicable (§7.11). */
function evaluateRule(
  rule: Rule,
  evaluation: Evaluation,
): readonly Obligation[] | typeof NO | typeof INDETERMINATE {
  const applies = evaluation.target(rule.target);
  if (applies === NO || applies === INDETERMINATE) return applies;
  return fulfil(rule.obligations, evaluation) ?? INDETERMINATE;
}

function indeterminate(decision: Indeterminate, { fault }: Evaluation): XacmlResult {
  return fault ? { decision, obligations: [], status: fault } : { decision, obligations: [] };
}
