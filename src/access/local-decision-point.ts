import type { AccessState } from './access-state.ts';
import type { AttributeValues } from './attributes.ts';
import { decide } from './decide.ts';
import { decisionRequest } from './decision-request.ts';
import type { KnownGrant } from './grant-index.ts';
import type { PartyAttribute } from './party-identifiers.ts';
import type { KnownParty } from './party-index.ts';
import type { AccessDecision, AccessQuestion, DecisionPoint, Identity } from './ports.ts';
import { type Subject, subjectOf } from './subject.ts';
import { ACTION, RESOURCE, SUBJECT } from './xacml/names.ts';
import type { XacmlRequest } from './xacml/request.ts';

/** A decision and what it was made from. */
export interface Explanation {
  readonly decision: AccessDecision;
  /** The request to the policy; undefined when there is no such resource or its policy is not understood. */
  readonly request: XacmlRequest | undefined;
  /** Attributes of the request; empty without one. */
  readonly subject: readonly PartyAttribute[];
  readonly resource: readonly PartyAttribute[];
  readonly action: readonly PartyAttribute[];
}

export interface LocalDecisionPoint extends DecisionPoint {
  /** Decides as `decide` does, from what is in memory now. */
  explain(question: AccessQuestion): Explanation;
}

/** Milliseconds that registry, register and grants in memory may be old when a decision is made from them. */
const MAX_AGE = 250;

/**
 * Decides by the policies of the registry, from memory: no decision is kept, and nothing is waited for while the state
 * is recent. When nobody has confirmed it for `maxAge` milliseconds it is read first, so that no caller decides by what
 * was true before the process stood still or the database was slow.
 *
 * Nobody may do anything unless a rule permits it or it was delegated to them. `because` is the RuleId or `delegation`,
 * or why not: `no-such-resource`, `policy-unreadable`, `no-rule`, `level-too-low`, the RuleId of a rule that denies,
 * `obligation-not-understood`, or `indeterminate` when the policy asks for what the request does not have.
 */
export function createLocalDecisionPoint(state: AccessState, maxAge = MAX_AGE): LocalDecisionPoint {
  return new PolicyDecisionPoint(state, maxAge);
}

class PolicyDecisionPoint implements LocalDecisionPoint {
  readonly #state: AccessState;
  readonly #maxAge: number;
  /** Who an identity is, by access version: the one thing that is remembered, and only while nothing has changed. */
  readonly #subjects = new WeakMap<Identity, { readonly version: number; readonly subject: Subject }>();

  constructor(state: AccessState, maxAge: number) {
    this.#state = state;
    this.#maxAge = maxAge;
  }

  decide(questions: readonly AccessQuestion[]): AccessDecision[] | Promise<AccessDecision[]> {
    if (this.#state.isFresh(this.#maxAge)) return this.#decide(questions);
    return this.#state.freshen(this.#maxAge).then(() => this.#decide(questions));
  }

  explain(question: AccessQuestion): Explanation {
    const { decision, request } = this.#answer(question);
    return {
      decision,
      request,
      subject: listed(request?.get(SUBJECT)),
      resource: listed(request?.get(RESOURCE)),
      action: listed(request?.get(ACTION)),
    };
  }

  #decide(questions: readonly AccessQuestion[]): AccessDecision[] {
    return questions.map((question) => this.#answer(question).decision);
  }

  #answer(question: AccessQuestion): Answer {
    const resource = this.#state.resource(question.resource);
    if (resource === undefined) return { decision: { permitted: false, because: 'no-such-resource' } };
    if (resource.policy === undefined)
      return { decision: { permitted: false, because: 'policy-unreadable' } };
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

const NONE: readonly KnownGrant[] = [];

function listed(attributes: AttributeValues = new Map()): PartyAttribute[] {
  return [...attributes].flatMap(([id, values]) =>
    [...new Set(values.map(({ value }) => value))].map((value): PartyAttribute => [id, value]),
  );
}
