import type { KnownAccess } from './access-index.ts';
import { answer } from './answer.ts';
import type { AttributeValues } from './attributes.ts';
import type { PartyAttribute } from './party-identifiers.ts';
import type { AccessDecision, AccessQuestion } from './ports.ts';
import { subjectOf } from './subject.ts';
import { ACTION, RESOURCE, SUBJECT } from './xacml/names.ts';
import { type NamedValues, type PermitPath, policySubjects } from './xacml/policy-subjects.ts';

/** A decision, what it was made from, and what would change a refusal. */
export interface Explanation {
  readonly decision: AccessDecision;
  /** Attributes of the request to the policy; empty when there is no such resource. */
  readonly subject: readonly PartyAttribute[];
  readonly resource: readonly PartyAttribute[];
  readonly action: readonly PartyAttribute[];
  /** False when the question names a party that the register does not know: nothing was granted for it then. */
  readonly isPartyKnown: boolean;
  /** The ways on which the policy permits this action on this resource, whoever asks. */
  readonly paths: readonly PermitPath[];
  /** The lowest authentication level (0–4) with which it would be permitted, everything else being as it is. */
  readonly level: number | undefined;
}

const LEVELS = [0, 1, 2, 3, 4];

/** Decides as the decision point would by what is known, and tells everything that the decision rests on. */
export function explain(question: AccessQuestion, known: KnownAccess): Explanation {
  const subject = subjectOf(question.identity, known);
  const { decision, asked } = answer(question, known, subject);
  const isPermitted = (level: number) => {
    const identity = { ...question.identity, level };
    return answer({ ...question, identity }, known, subject).decision.permitted;
  };
  const resource = listed(asked?.request.get(RESOURCE));
  const action = listed(asked?.request.get(ACTION));
  const isOn = (path: PermitPath) => holds(path.resource, resource) && holds(path.action, action);
  return {
    decision,
    subject: listed(asked?.request.get(SUBJECT)),
    resource,
    action,
    isPartyKnown: question.party === undefined || known.party(question.party) !== undefined,
    paths: asked ? policySubjects(asked.policy).filter(isOn) : [],
    level: LEVELS.find(isPermitted),
  };
}

/** Whether each attribute has one of the values named. Letter case is let pass: this finds candidates only. */
function holds(wanted: readonly NamedValues[], given: readonly PartyAttribute[]): boolean {
  return wanted.every(({ attribute, values }) =>
    given.some(
      ([id, value]) => id === attribute && (values.includes(value) || values.includes(value.toLowerCase())),
    ),
  );
}

function listed(attributes: AttributeValues = new Map()): PartyAttribute[] {
  return [...attributes].flatMap(([id, values]) =>
    [...new Set(values.map(({ value }) => value))].map((value): PartyAttribute => [id, value]),
  );
}
