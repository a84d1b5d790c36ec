import type { Accepted } from './functions.ts';
import type { Canonical } from './values.ts';

/** A policy as it is written (§5 of the core specification), checked, with its URNs resolved. */
export interface PolicySyntax {
  readonly id: string;
  readonly version: string;
  /** The effect that wins over the other in the combining algorithm. */
  readonly overriding: Effect;
  readonly target: TargetSyntax;
  readonly rules: readonly RuleSyntax[];
  readonly obligations: readonly ObligationExpression[];
}

export type Effect = 'Permit' | 'Deny';

export interface RuleSyntax {
  readonly id: string;
  readonly effect: Effect;
  readonly target: TargetSyntax;
  readonly obligations: readonly ObligationExpression[];
}

/** AnyOf → AllOf → Match: all of the outer ones, one of the middle ones, all of the inner ones. */
export type TargetSyntax = readonly AnyOfSyntax[];
export type AnyOfSyntax = readonly (readonly MatchSyntax[])[];

export interface MatchSyntax {
  readonly designator: Designator;
  /** How the function reads the designator's values. */
  readonly canonical: Canonical;
  readonly accepted: Accepted;
}

/** Which values of a request are meant: those of this category, id and data type, and of this issuer when one is named. */
export interface Designator {
  readonly category: string;
  readonly attribute: string;
  readonly dataType: string;
  readonly issuer?: string | undefined;
  readonly mustBePresent: boolean;
}

export interface ObligationExpression {
  readonly id: string;
  readonly fulfillOn: Effect;
  readonly assignments: readonly AssignmentExpression[];
}

export interface AssignmentExpression {
  readonly attribute: string;
  readonly category?: string | undefined;
  readonly issuer?: string | undefined;
  readonly value: Literal | Designator;
}

export interface Literal {
  readonly text: string;
  readonly dataType: string;
}
