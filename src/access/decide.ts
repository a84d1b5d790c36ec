import type { KnownGrant } from './grant-index.ts';
import type { AccessDecision, AccessQuestion, Identity } from './ports.ts';
import type { ResourceDelegation } from './registry/rows.ts';
import { evaluate, ownObligations } from './xacml/evaluate.ts';
import { areUnderstood, minimumLevel } from './xacml/minimum-level.ts';
import type { Policy } from './xacml/policy.ts';
import type { XacmlRequest } from './xacml/request.ts';
import type { Obligation } from './xacml/result.ts';

/** What a question is decided with. */
export interface Case {
  readonly policy: Policy;
  /** The question in XACML's terms. */
  readonly request: XacmlRequest;
  /** What the subject has been granted for the party. */
  readonly grants: readonly KnownGrant[];
}

/**
 * The decision of the policy, and of what was delegated beside it.
 *
 * A delegation is a rule of its own: it permits where the policy says nothing, never where a rule denies, and it is
 * bound by the policy's own obligations. Only a Permit permits; NotApplicable and Indeterminate do not.
 */
export function decide(question: AccessQuestion, { policy, request, grants }: Case): AccessDecision {
  const result = evaluate(policy, request);
  if (result.decision === 'Permit') {
    return permitted(result.rule ?? policy.id, result.obligations, question.identity);
  }
  if (result.decision === 'Deny') return refused(result.rule ?? policy.id);
  if (result.decision !== 'NotApplicable') return refused('indeterminate');
  if (!isDelegated(question, grants)) return refused('no-rule');
  const obligations = ownObligations(policy, 'Permit', request);
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
  if (!areUnderstood(obligations)) return refused('obligation-not-understood');
  if (level >= minimumLevel(obligations, org !== undefined)) return { permitted: true, because };
  return { permitted: false, because: 'level-too-low', levelTooLow: true };
}

function refused(because: string): AccessDecision {
  return { permitted: false, because };
}
