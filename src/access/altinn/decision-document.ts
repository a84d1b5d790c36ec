import type { PartyAttribute } from '../party-identifiers.ts';
import { ACTION_ID } from '../xacml/names.ts';
import { type DecisionQuestion, EVENT_ID } from './decision-question.ts';

/** Questions by the event id that each was given. */
export type QuestionsByEvent = ReadonlyMap<string, DecisionQuestion>;

/** A request of the JSON Profile of XACML 3.0 (Multiple Decision Profile §2.4), and what its results must repeat. */
export interface DecisionDocument {
  readonly body: object;
  readonly questions: QuestionsByEvent;
}

interface Category {
  readonly Id: string;
  readonly Attribute: readonly Attribute[];
}

interface Attribute {
  readonly AttributeId: string;
  readonly Value: string;
  readonly IncludeInResult: boolean;
}

/**
 * Many questions in one request. Each has a resource category of its own with an event id that nobody can guess, so that
 * an answer belongs to one question of one request, whatever the order and whoever else is answered; subjects and
 * actions are shared.
 *
 * @param nonce differs from that of any other request
 */
export function decisionDocument(questions: readonly DecisionQuestion[], nonce: string): DecisionDocument {
  const subjects = new Categories('s');
  const actions = new Categories('a');
  const resources: Category[] = [];
  const asked = new Map<string, DecisionQuestion>();
  const references = questions.map((question, index) => {
    const eventId = `${nonce}-${index + 1}`;
    const Id = `r${index + 1}`;
    asked.set(eventId, question);
    resources.push({ Id, Attribute: [attribute([EVENT_ID, eventId], true), ...plain(question.resource)] });
    const subject = subjects.idOf(question.subject);
    return { ReferenceId: [subject, actions.idOf([[ACTION_ID, question.action]]), Id] };
  });
  const Request = {
    ReturnPolicyIdList: false,
    AccessSubject: subjects.all,
    Action: actions.all,
    Resource: resources,
    MultiRequests: { RequestReference: references },
  };
  return { body: { Request }, questions: asked };
}

/** Categories that are alike are sent once. Results repeat them whole. */
class Categories {
  readonly all: Category[] = [];
  readonly #prefix: string;
  readonly #ids = new Map<string, string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  idOf(attributes: readonly PartyAttribute[]): string {
    const key = JSON.stringify(attributes);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const Id = `${this.#prefix}${this.all.length + 1}`;
    this.#ids.set(key, Id);
    this.all.push({ Id, Attribute: attributes.map((one) => attribute(one, true)) });
    return Id;
  }
}

function plain(attributes: readonly PartyAttribute[]): Attribute[] {
  return attributes.map((one) => attribute(one, false));
}

function attribute([AttributeId, Value]: PartyAttribute, IncludeInResult: boolean): Attribute {
  return { AttributeId, Value, IncludeInResult };
}
