import type { Accepted } from './functions.ts';
import type { Obligation } from './result.ts';
import type { Designator, Effect, ObligationExpression } from './syntax.ts';
import type { Canonical } from './values.ts';

/**
 * A policy ready to decide with: made once by `compilePolicy`, immutable, to be shared by all decisions. Every attribute
 * that it looks at has a number, its slot, and is read from a request at most once per decision.
 */
export interface Policy {
  readonly id: string;
  readonly version: string;
  readonly overriding: Effect;
  readonly slots: readonly Slot[];
  readonly target: Target;
  /** In the order of the document. */
  readonly rules: readonly Rule[];
  readonly index: RuleIndex | undefined;
  readonly obligations: Readonly<Record<Effect, ObligationSet>>;
}

/** What a match looks at: a designator, and how the match function reads its values. */
export interface Slot {
  readonly designator: Designator;
  readonly canonical: Canonical;
}

/** One of the values in the slot is accepted. Several matches on one slot that stand in an AnyOf become one test. */
export interface Test {
  readonly slot: number;
  readonly accepted: Accepted;
}

/** All tests of an alternative, one alternative of a group, all groups of a target: AllOf, AnyOf, Target. */
export type Alternative = readonly Test[];
export type Group = readonly Alternative[];
export type Target = readonly Group[];

export interface Rule {
  readonly id: string;
  readonly effect: Effect;
  readonly target: Target;
  /** Those that the rule's own effect calls for; the others can never be returned. */
  readonly obligations: ObligationSet;
}

/** The obligations of a rule or policy for one effect; `fixed` when they are the same for every request. */
export interface ObligationSet {
  readonly expressions: readonly ObligationExpression[];
  readonly fixed: readonly Obligation[] | undefined;
}

/**
 * Rules by the value of one slot, the action in practice. Left out are only rules with a group that no other value can
 * match: "No match" of one group makes the target "No match" (§7.7), so leaving them out changes no decision.
 */
export interface RuleIndex {
  readonly slot: number;
  readonly byValue: ReadonlyMap<string, readonly Rule[]>;
  /** For every other value and for none. */
  readonly otherwise: readonly Rule[];
}
