import type { AccessState } from './access-state.ts';
import type { AttributeValues } from './attributes.ts';
import { decisionRequest } from './decision-request.ts';
import type { KnownGrant } from './grant-index.ts';
import type { PartyAttribute } from './party-identifiers.ts';
import type { KnownParty } from './party-index.ts';
import type { AccessDecision, AccessQuestion, DecisionPoint, Identity } from './ports.ts';
import type { ResourceDelegation } from './registry/rows.ts';
import { type Subject, subjectOf } from './subject.ts';
import { evaluate } from './xacml/evaluate.ts';
import { Evaluation } from './xacml/evaluation.ts';
import { minimumLevel } from './xacml/minimum-level.ts';
import { ACTION, RESOURCE, SUBJECT } from './xacml/names.ts';
import { fulfil } from './xacml/obligations.ts';
import type { Policy } from './xacml/policy.ts';
import type { XacmlRequest } from './xacml/request.ts';
import type { Obligation } from './xacml/result.ts';

/** A decision and what it was made from. */
export interface Explanation {
  readonly decision: AccessDecision;
  /** Attributes of the request to the policy; empty when there is no such resource. */
  readonly subject: readonly PartyAttribute[];
  readonly resource: readonly PartyAttribute[];
  readonly action: readonly PartyAttribute[];
}

export interface LocalDecisionPoint extends DecisionPoint {
  decide(questions: readonly AccessQuestion[]): AccessDecision[];
  explain(question: AccessQuestion): Explanation;
}

/**
 * Decides by the policies of the registry, from memory: nothing is waited for and no decision is kept. The caller sees
 * to it that the state is recent enough.
 *
 * Nobody may do anything unless a rule permits it or it was delegated to them. `because` is the RuleId or `delegation`,
 * or why not: `no-such-resource`, `policy-unreadable`, `no-rule`, `level-too-low`, the RuleId of a rule that denies, or
 * `indeterminate` when the policy asks for what the request does not have.
 */
export function createLocalDecisionPoint(state: AccessState): LocalDecisionPoint {
  return new PolicyDecisionPoint(state);
}

class PolicyDecisionPoint implements LocalDecisionPoint {
  readonly #state: AccessState;
  /** Who an identity is, by access version: the one thing that is remembered, and only while nothing has changed. */
  readonly #subjects = new WeakMap<Identity, { readonly version: number; readonly subject: Subject }>();

  constructor(state: AccessState) {
    this.#state = state;
  }

  decide(questions: readonly AccessQuestion[]): AccessDecision[] {
    return questions.map((question) => this.#answer(question).decision);
  }

  explain(question: AccessQuestion): Explanation {
    const { decision, request } = this.#answer(question);
    return {
      decision,
      subject: listed(request?.get(SUBJECT)),
      resource: listed(request?.get(RESOURCE)),
      action: listed(request?.get(ACTION)),
    };
  }

  #answer(question: AccessQuestion): Answer {
    const resource = this.#state.resource(question.resource);
    if (resource === undefined) return { decision: refused('no-such-resource') };
    if (resource.policy === undefined) return { decision: refused('policy-unreadable') };
    const subject = this.#subject(question.identity);
    const party = question.party === undefined ? undefined : this.#state.party(question.party);
    const grants = this.#grants(subject, party);
    const request = decisionRequest(question, { resource, subject, party, grants });
    return { decision: decide(question, { policy: resource.policy, request, grants }), request };
  }

  #subject(identity: Identity): Subject {
    const { version } = this.#state;
    const known = this.#subjects.get(identity);
    if (known?.version === version) return known.subject;
    const subject = subjectOf(identity, this.#state);
    this.#subjects.set(identity, { version, subject });
    return subject;
  }

  /** What counts for a main unit counts for its sub-units. */
  #grants({ recipient }: Subject, party: KnownParty | undefined): readonly KnownGrant[] {
    if (recipient === undefined || party === undefined) return NONE;
    const own = this.#state.grant(recipient, party.urn);
    const main = party.mainUnit === undefined ? undefined : this.#state.grant(recipient, party.mainUnit);
    if (own === undefined) return main === undefined ? NONE : [main];
    return main === undefined ? [own] : [own, main];
  }
}

interface Answer {
  readonly decision: AccessDecision;
  readonly request?: XacmlRequest;
}

interface Case {
  readonly policy: Policy;
  readonly request: XacmlRequest;
  readonly grants: readonly KnownGrant[];
}

const NONE: readonly KnownGrant[] = [];

/**
 * A delegation is a rule of its own beside the policy: it permits where the policy says nothing, never where a rule
 * denies, and it is bound by the same obligations.
 */
function decide(question: AccessQuestion, { policy, request, grants }: Case): AccessDecision {
  const result = evaluate(policy, request);
  if (result.decision === 'Permit') {
    return permitted(result.rule ?? policy.id, result.obligations, question.identity);
  }
  if (result.decision === 'Deny') return refused(result.rule ?? policy.id);
  if (result.decision !== 'NotApplicable') return refused('indeterminate');
  if (!isDelegated(question, grants)) return refused('no-rule');
  const obligations = fulfil(policy.obligations.Permit, new Evaluation(policy.slots, request));
  return obligations ? permitted('delegation', obligations, question.identity) : refused('indeterminate');
}

/** Of a resource: all of it. Of an instance: that one. Both for the actions that are named. */
function isDelegated({ resource, action, instance }: AccessQuestion, grants: readonly KnownGrant[]): boolean {
  const urn = resource.toLowerCase();
  const covers = (each: ResourceDelegation) => each.resource === urn && each.actions.includes(action);
  return grants.some(
    ({ resources, instances }) =>
      resources.some(covers) || instances.some((each) => each.instance === instance && covers(each)),
  );
}

function permitted(
  because: string,
  obligations: readonly Obligation[],
  { level, org }: Identity,
): AccessDecision {
  const isEnough = level >= minimumLevel(obligations, org !== undefined);
  return isEnough
    ? { permitted: true, because }
    : { permitted: false, because: 'level-too-low', levelTooLow: true };
}

function refused(because: string): AccessDecision {
  return { permitted: false, because };
}

function listed(attributes: AttributeValues = new Map()): PartyAttribute[] {
  return [...attributes].flatMap(([id, values]) =>
    [...new Set(values.map(({ value }) => value))].map((value): PartyAttribute => [id, value]),
  );
}
