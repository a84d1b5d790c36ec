import type { PartyAttribute } from '../party-identifiers.ts';
import { ACTION, ACTION_ID, RESOURCE, SUBJECT } from '../xacml/names.ts';
import type { Obligation } from '../xacml/result.ts';
import type { QuestionsByEvent } from './decision-document.ts';
import { EVENT_ID, keyOf } from './decision-question.ts';
import { BadAnswer, listOf, type Members, membersOf, textOf } from './json-members.ts';

/** What the decision point said, as it said it. */
export interface RemoteDecision {
  readonly decision: string;
  readonly obligations: readonly Obligation[];
}

/**
 * The decisions of an answer, by question. A result counts for the question whose event id it repeats, if it repeats
 * the subject as well and nothing that the question did not say; two results for one question that differ cancel each
 * other. What is left over belongs to nobody.
 *
 * To one question alone a result that repeats nothing may still be an answer: Altinn says so when access lists forbid,
 * or when it can make nothing of the question. Such a result never permits.
 *
 * Throws `BadAnswer` for what is no response at all. Member names are read in any letter case: the two endpoints of
 * Altinn write them differently.
 */
export function readDecisions(
  body: unknown,
  questions: QuestionsByEvent,
): ReadonlyMap<string, RemoteDecision> {
  const { response } = membersOf(body, 'the answer');
  const results = listOf(response, 'Response').map((one) => membersOf(one, 'a result'));
  const byEvent = new Map<string, RemoteDecision[]>();
  for (const result of results) {
    const eventId = eventOf(result, questions) ?? soleQuestion(result, results, questions);
    if (eventId !== undefined) byEvent.set(eventId, [...(byEvent.get(eventId) ?? []), decisionOf(result)]);
  }
  const decisions = new Map<string, RemoteDecision>();
  for (const [eventId, [first, ...others]] of byEvent) {
    const question = questions.get(eventId);
    const isClear = others.every((other) => JSON.stringify(other) === JSON.stringify(first));
    if (question && first && isClear) decisions.set(keyOf(question), first);
  }
  return decisions;
}

/** The event id that a result repeats, when all of what it repeats belongs to that question. */
function eventOf(result: Members, questions: QuestionsByEvent): string | undefined {
  const repeated = repeatedBy(result);
  const [, , eventId = ''] = repeated.find(([, id]) => id === EVENT_ID) ?? [];
  const question = questions.get(eventId);
  if (!question) return undefined;
  const said: Readonly<Record<string, readonly PartyAttribute[]>> = {
    [SUBJECT]: question.subject,
    [ACTION]: [[ACTION_ID, question.action]],
    [RESOURCE]: [[EVENT_ID, eventId], ...question.resource],
  };
  const isSaid = ([category, id, value]: Repeated) =>
    said[category]?.some((one) => one[0] === id && one[1] === value) === true;
  const hasSubject = repeated.some(([category]) => category === SUBJECT) || question.subject.length === 0;
  return hasSubject && repeated.every(isSaid) ? eventId : undefined;
}

type Repeated = readonly [category: string, id: string, value: string];

function repeatedBy(result: Members): Repeated[] {
  return listOf(result['category'], 'Category').flatMap((one) => {
    const { categoryid, attribute: attributes } = membersOf(one, 'a category');
    return listOf(attributes, 'Attribute').map((each): Repeated => {
      const { attributeid, value } = membersOf(each, 'an attribute');
      return [textOf(categoryid) ?? '', textOf(attributeid) ?? '', textOf(value) ?? ''];
    });
  });
}

/** Status codes of an Indeterminate that is about the question, not about the decision point's own state. */
const ABOUT_QUESTION = /:status:(?:processing-error|missing-attribute)$/;

function soleQuestion(
  result: Members,
  results: readonly Members[],
  questions: QuestionsByEvent,
): string | undefined {
  const [eventId, ...others] = questions.keys();
  if (others.length > 0 || results.length > 1 || repeatedBy(result).length > 0) return undefined;
  const { decision } = result;
  if (decision === 'Deny' || decision === 'NotApplicable') return eventId;
  return decision === 'Indeterminate' && ABOUT_QUESTION.test(statusOf(result)) ? eventId : undefined;
}

function statusOf({ status }: Members): string {
  if (status === undefined || status === null) return '';
  const { statuscode } = membersOf(status, 'Status');
  if (statuscode === undefined || statuscode === null) return '';
  return textOf(membersOf(statuscode, 'StatusCode')['value']) ?? '';
}

function decisionOf(result: Members): RemoteDecision {
  const decision = textOf(result['decision']);
  if (decision === undefined) throw new BadAnswer('a result has no decision');
  return { decision, obligations: listOf(result['obligations'], 'Obligations').map(obligationOf) };
}

function obligationOf(value: unknown): Obligation {
  const { id, attributeassignment } = membersOf(value, 'an obligation');
  const assignments = listOf(attributeassignment, 'AttributeAssignment').map((one) => {
    const { attributeid, category, value: assigned, datatype } = membersOf(one, 'an assignment');
    const named = textOf(category);
    return {
      attribute: textOf(attributeid) ?? '',
      ...(named !== undefined && { category: named }),
      ...{ value: textOf(assigned) ?? '', dataType: textOf(datatype) ?? '' },
    };
  });
  return { id: textOf(id) ?? '', assignments };
}
