import type { KnownAccess } from './access-index.ts';
import { decide } from './decide.ts';
import { decisionRequest } from './decision-request.ts';
import type { KnownGrant } from './grant-index.ts';
import type { KnownParty } from './party-index.ts';
import type { AccessDecision, AccessQuestion } from './ports.ts';
import type { Subject } from './subject.ts';
import type { Policy } from './xacml/policy.ts';
import type { XacmlRequest } from './xacml/request.ts';

/** A decision and what it was made from. */
export interface Answer {
  readonly decision: AccessDecision;
  /** The policy and what it was asked; undefined when there is no such resource or its policy is not understood. */
  readonly asked?: { readonly policy: Policy; readonly request: XacmlRequest };
}

/** Looks up who and what the question is about, and decides. Pure: the same question and version, the same answer. */
export function answer(question: AccessQuestion, known: KnownAccess, subject: Subject): Answer {
  const resource = known.resource(question.resource);
  if (resource === undefined) return { decision: { permitted: false, because: 'no-such-resource' } };
  const { policy } = resource;
  if (policy === undefined) return { decision: { permitted: false, because: 'policy-unreadable' } };
  const party = question.party === undefined ? undefined : known.party(question.party);
  const grants = grantsFor(subject, party, known);
  const request = decisionRequest(question, { resource, subject, party, grants });
  return { decision: decide(question, { policy, request, grants }), asked: { policy, request } };
}

const NONE: readonly KnownGrant[] = [];

/** What counts for a main unit counts for its sub-units. */
function grantsFor(
  { recipient }: Subject,
  party: KnownParty | undefined,
  known: KnownAccess,
): readonly KnownGrant[] {
  if (recipient === undefined || party === undefined) return NONE;
  const own = known.grant(recipient, party.urn);
  const main = party.mainUnit === undefined ? undefined : known.grant(recipient, party.mainUnit);
  if (own === undefined) return main === undefined ? NONE : [main];
  return main === undefined ? [own] : [own, main];
}
