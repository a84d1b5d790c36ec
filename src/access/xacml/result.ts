import type { Effect } from './syntax.ts';

/** Indeterminate says which effects were possible: {P}, {D} or both (§7.10 of the XACML 3.0 core specification). */
export type Indeterminate = 'Indeterminate{P}' | 'Indeterminate{D}' | 'Indeterminate{DP}';
export type Decision = Effect | 'NotApplicable' | Indeterminate;

export interface XacmlResult {
  readonly decision: Decision;
  /** Only with Permit and Deny: those of the rules in document order, then those of the policy. */
  readonly obligations: readonly Obligation[];
  /** RuleId of the first rule with the effect that was decided. Altinn's policies repeat these ids at times. */
  readonly rule?: string;
  /** Why the decision is Indeterminate: the first fault that was met. */
  readonly status?: Status;
}

/** A status code of the specification (B.8) and a text that names the attribute, never its value. */
export interface Status {
  readonly code: string;
  readonly message: string;
}

/** What whoever asked has to do along with obeying the decision (§7.18). */
export interface Obligation {
  readonly id: string;
  readonly assignments: readonly AttributeAssignment[];
}

export interface AttributeAssignment {
  readonly attribute: string;
  readonly category?: string;
  readonly issuer?: string;
  readonly value: string;
  readonly dataType: string;
}
