import { obligationSet } from './obligations.ts';
import { parsePolicy } from './parse-policy.ts';
import { Pattern } from './pattern.ts';
import type { Alternative, Group, ObligationSet, Policy, Rule, Slot, Target, Test } from './policy.ts';
import { buildRuleIndex } from './rule-index.ts';
import type {
  AnyOfSyntax,
  Effect,
  MatchSyntax,
  ObligationExpression,
  RuleSyntax,
  TargetSyntax,
} from './syntax.ts';
import { asWritten, lowerCase } from './values.ts';
import { readXml } from './xml.ts';

export interface CompileOptions {
  /** Ids of attributes that string-equal compares without case, beyond the standard. */
  readonly caseless?: readonly string[];
}

/**
 * Makes a XACML 3.0 Policy document ready to decide with. Throws `policy-invalid` with element and line for everything
 * that is malformed or not understood: a policy is either evaluated to the letter or not loaded at all.
 */
export function compilePolicy(xml: string, { caseless = [] }: CompileOptions = {}): Policy {
  const syntax = readXml('policy-invalid', xml, parsePolicy);
  const slots = new SlotTable(caseless);
  const target = compileTarget(syntax.target, slots);
  const rules = syntax.rules.map((rule) => compileRule(rule, slots));
  return {
    id: syntax.id,
    version: syntax.version,
    overriding: syntax.overriding,
    slots: slots.all,
    target,
    rules,
    index: buildRuleIndex(rules, slots.all),
    obligations: {
      Permit: obligationsOn('Permit', syntax.obligations),
      Deny: obligationsOn('Deny', syntax.obligations),
    },
  };
}

/** Numbers what the matches of a policy look at; equal ones share a number. */
class SlotTable {
  readonly all: Slot[] = [];
  readonly #caseless: readonly string[];
  readonly #numbers = new Map<string, Map<Slot['canonical'], number>>();

  constructor(caseless: readonly string[]) {
    this.#caseless = caseless;
  }

  testOf({ designator, canonical, accepted }: MatchSyntax): Test {
    const isExact = canonical === asWritten && !(accepted instanceof Pattern);
    if (!isExact || !this.#caseless.includes(designator.attribute)) {
      return { slot: this.#numberOf({ designator, canonical }), accepted };
    }
    const slot = this.#numberOf({ designator, canonical: lowerCase });
    return { slot, accepted: new Set([...accepted].map(lowerCase)) };
  }

  #numberOf({ designator, canonical }: Slot): number {
    const { category, attribute, dataType, issuer, mustBePresent } = designator;
    const key = JSON.stringify([category, attribute, dataType, issuer, mustBePresent]);
    const byFunction = this.#numbers.get(key) ?? new Map<Slot['canonical'], number>();
    this.#numbers.set(key, byFunction);
    const known = byFunction.get(canonical);
    if (known !== undefined) return known;
    byFunction.set(canonical, this.all.length);
    return this.all.push({ designator, canonical }) - 1;
  }
}

function compileRule(rule: RuleSyntax, slots: SlotTable): Rule {
  return {
    id: rule.id,
    effect: rule.effect,
    target: compileTarget(rule.target, slots),
    obligations: obligationsOn(rule.effect, rule.obligations),
  };
}

function obligationsOn(effect: Effect, obligations: readonly ObligationExpression[]): ObligationSet {
  return obligationSet(obligations.filter((obligation) => obligation.fulfillOn === effect));
}

function compileTarget(target: TargetSyntax, slots: SlotTable): Target {
  return target.map((anyOf) => compileGroup(anyOf, slots));
}

/**
 * Alternatives of one match each, the usual list of roles or actions, are gathered into one test per slot: whether any
 * value is in a set says the same as asking each in turn, and what is Indeterminate in one is so in all of them.
 */
function compileGroup(anyOf: AnyOfSyntax, slots: SlotTable): Group {
  const gathered = new Map<number, Set<string>>();
  const alternatives: Alternative[] = [];
  for (const allOf of anyOf) {
    const tests = allOf.map((match) => slots.testOf(match));
    const [only, ...more] = tests;
    if (!only || more.length > 0 || only.accepted instanceof Pattern) {
      alternatives.push(tests);
      continue;
    }
    const values = gathered.get(only.slot) ?? new Set<string>();
    for (const value of only.accepted) values.add(value);
    gathered.set(only.slot, values);
  }
  return [...[...gathered].map(([slot, accepted]) => [{ slot, accepted }]), ...alternatives];
}
