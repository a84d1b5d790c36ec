import {
  ACCESS_PACKAGE,
  type AttributeValues,
  addAttribute,
  attributeValues,
  ROLE_CODE,
} from './attributes.ts';
import type { KnownGrant } from './grant-index.ts';
import { PERSON, partyAttribute } from './party-identifiers.ts';
import type { KnownParty } from './party-index.ts';
import type { AccessQuestion } from './ports.ts';
import type { KnownResource } from './resource-index.ts';
import type { Subject } from './subject.ts';
import { ACTION, ACTION_ID, RESOURCE, SUBJECT } from './xacml/names.ts';
import type { XacmlRequest, XacmlValue } from './xacml/request.ts';

/** Who and what a question is about, looked up. */
export interface Involved {
  readonly resource: KnownResource;
  readonly subject: Subject;
  /** The party, when the question names one that the register knows. */
  readonly party: KnownParty | undefined;
  /** What the subject has been granted for the party and for its main unit. */
  readonly grants: readonly KnownGrant[];
}

/** The question in XACML's terms (Altinn Events, requests to the decision point). */
export function decisionRequest(question: AccessQuestion, involved: Involved): XacmlRequest {
  // Built with `set`: a list of entries would be made and walked for every decision.
  return new Map<string, AttributeValues>()
    .set(SUBJECT, subjectAttributes(question, involved))
    .set(RESOURCE, resourceAttributes(question, involved))
    .set(ACTION, new Map().set(ACTION_ID, attributeValues(ACTION_ID, question.action)));
}

/** What every person is to themselves, without a grant. */
const PRIVATE_PERSON = attributeValues(ROLE_CODE, 'PRIV');

/** The subject, with the role codes and access packages that it has for the party. */
function subjectAttributes(question: AccessQuestion, { subject, party, grants }: Involved): AttributeValues {
  const isSelf = isPersonThemselves(subject, party?.urn ?? question.party);
  if (grants.length === 0 && !isSelf) return subject.attributes;
  const attributes = new Map(subject.attributes);
  if (isSelf) attributes.set(ROLE_CODE, PRIVATE_PERSON);
  for (const { roles, accessPackages } of grants) {
    if (roles.length > 0) addAttribute(attributes, ROLE_CODE, roles);
    if (accessPackages.length > 0) addAttribute(attributes, ACCESS_PACKAGE, accessPackages);
  }
  return attributes;
}

function isPersonThemselves({ recipient }: Subject, party: string | undefined): boolean {
  if (recipient === undefined || party === undefined || !recipient.startsWith(PERSON)) return false;
  return recipient === party || recipient === partyAttribute(party)?.join(':');
}

/** The attributes by which policies name an instance: an app's, an event's, a delegation's. */
const INSTANCE = ['urn:altinn:instance-id', 'urn:altinn:resourceinstance', 'urn:altinn:resource:instance-id'];

/** The resource, the party by all its names, the instance, and what else the question says. */
function resourceAttributes(question: AccessQuestion, { resource, party }: Involved): AttributeValues {
  const attributes = new Map(resource.attributes);
  for (const [id, values] of party?.attributes ?? NOBODY) attributes.set(id, values);
  if (question.party !== undefined && question.party !== party?.urn) addAsAsked(attributes, question.party);
  if (question.instance !== undefined) {
    const values = attributeValues('', question.instance);
    for (const id of INSTANCE) addAttribute(attributes, id, values);
  }
  for (const [id, value] of question.attributes ?? []) {
    addAttribute(attributes, id, attributeValues(id, value));
  }
  return attributes;
}

const NOBODY: AttributeValues = new Map();

/** The party by the name that the question has for it, unless it is named so already. */
function addAsAsked(attributes: Map<string, readonly XacmlValue[]>, asked: string): void {
  const [id, value] = partyAttribute(asked) ?? [];
  if (id !== undefined && value !== undefined && !attributes.has(id)) {
    attributes.set(id, attributeValues(id, value));
  }
}
