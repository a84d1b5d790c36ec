import {
  ORG,
  ORGANIZATION,
  PARTY_ID,
  PARTY_UUID,
  PERSON,
  type PartyAttribute,
  partyAttribute,
  SYSTEM_USER,
  USER_ID,
} from '../party-identifiers.ts';
import type { AccessQuestion, Identity } from '../ports.ts';

/** The question in XACML's terms, as it is sent: attributes as [id, value]. */
export interface DecisionQuestion {
  readonly subject: readonly PartyAttribute[];
  readonly action: string;
  readonly resource: readonly PartyAttribute[];
}

/**
 * Attribute by which an answer is told from others (Altinn Events, "poll"). It never decides anything: whatever a
 * question says there is left out, and what is sent there is ours.
 */
export const EVENT_ID = 'urn:altinn:event-id';

const LEGACY_ORGANIZATION = 'urn:altinn:organizationnumber';
const RESOURCE_ID = 'urn:altinn:resource';
const APP = 'urn:altinn:app';
const APP_INSTANCE = 'urn:altinn:instance-id';
const INSTANCE = 'urn:altinn:resourceinstance';

/** The same for questions that get the same decision: every attribute that is sent, and nothing else. */
export function keyOf({ subject, action, resource }: DecisionQuestion): string {
  return JSON.stringify([subject, action, resource]);
}

/**
 * The question that Altinn Authorization understands. `party` is the party's attribute there, which is not always how
 * the question names it: see `partyOfQuestion`.
 */
export function toDecisionQuestion(
  question: AccessQuestion,
  party: PartyAttribute | undefined,
): DecisionQuestion {
  const { identity, action, resource, instance, attributes = [] } = question;
  const [, identifier = ''] = partyAttribute(resource.toLowerCase()) ?? [];
  return {
    subject: subjectOf(identity),
    action,
    resource: [
      ...resourceAttributes(identifier),
      ...(party === undefined ? [] : [party]),
      ...instanceAttributes(identifier, instance),
      ...attributes.filter(([id]) => id !== EVENT_ID),
    ],
  };
}

/**
 * One subject: a system user and nothing else, because Altinn refuses it beside others; else a person, by the best of
 * its ids; else an organisation, in both spellings (Altinn Events, identity → XACML attribute). The short code of a
 * service owner stands beside the latter two.
 */
function subjectOf(identity: Identity): PartyAttribute[] {
  const { systemUser, org, orgNumber } = identity;
  if (systemUser !== undefined) return [[SYSTEM_USER, systemUser.id.toLowerCase()]];
  const owner: PartyAttribute[] = org === undefined ? [] : [[ORG, org]];
  const person = personOf(identity);
  if (person) return [...owner, person];
  if (orgNumber === undefined) return owner;
  return [...owner, [ORGANIZATION, orgNumber], [LEGACY_ORGANIZATION, orgNumber]];
}

function personOf({ pid, userId, partyUuid, partyId, orgNumber }: Identity): PartyAttribute | undefined {
  // Organisations have party ids as well; only a user or a national number tells a person.
  if (pid === undefined && userId === undefined && orgNumber !== undefined) return undefined;
  if (userId !== undefined) return [USER_ID, String(userId)];
  if (partyUuid !== undefined) return [PARTY_UUID, partyUuid.toLowerCase()];
  if (pid !== undefined) return [PERSON, pid];
  return partyId === undefined ? undefined : [PARTY_ID, String(partyId)];
}

/** An app is named by its owner and itself, never by its identifier: that is how its policy names it. */
function resourceAttributes(identifier: string): PartyAttribute[] {
  const [prefix, org, ...app] = identifier.split('_');
  if (prefix !== 'app' || !org || app.length === 0) return [[RESOURCE_ID, identifier]];
  return [
    [ORG, org],
    [APP, app.join('_')],
  ];
}

/** An app's instance is `{party id}/{uuid}`; a dialog about an app is none, and Altinn would look for it in vain. */
function instanceAttributes(identifier: string, instance: string | undefined): PartyAttribute[] {
  if (instance === undefined) return [];
  if (!identifier.startsWith('app_')) return [[INSTANCE, instance]];
  return /^\d+\/[0-9a-f-]{36}$/i.test(instance) ? [[APP_INSTANCE, instance]] : [];
}

/** Who the question is about; undefined for nobody in particular. */
export function partyOfQuestion({ party }: AccessQuestion): PartyAttribute | undefined {
  return party === undefined ? undefined : partyAttribute(party);
}
