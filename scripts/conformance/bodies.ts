import { randomBytes } from 'node:crypto';
import { fromEpoch, wallClock } from '../../src/lib/time.ts';
import { uuidv7 } from '../../src/lib/uuid.ts';
import type { Target } from './target.ts';

/** Bodies with a value for every published property, each value known again where it is answered. */

const DAY = 86_400_000;

/** A text that no other request has. */
export function unique(word: string): string {
  return `${word}-${randomBytes(4).toString('hex')}`;
}

export function newId(): string {
  return uuidv7(wallClock());
}

export function days(count: number): string {
  return fromEpoch(wallClock() + count * DAY);
}

function uri(word: string): string {
  return `https://example.com/${unique(word)}`;
}

function texts(word: string) {
  return ['nb', 'nn', 'en'].map((languageCode) => ({
    languageCode,
    value: unique(`${word} ${languageCode}`),
  }));
}

function plain(word: string) {
  return { mediaType: 'text/plain', value: texts(word), isAuthorized: true };
}

/** The address of content that a portal fetches and shows within its own page. */
function embedded(word: string) {
  const value = ['nb', 'nn', 'en'].map((languageCode) => ({ languageCode, value: uri(word) }));
  return {
    mediaType: 'application/vnd.dialogporten.frontchannelembed-url;type=text/markdown',
    value,
    isAuthorized: true,
  };
}

/** By name alone: whoever stands in no register. */
function named() {
  return { actorType: 'PartyRepresentative', actorName: unique('Kari') };
}

/** By number: the register has the name. */
export function numbered({ person }: Target) {
  return { actorType: 'PartyRepresentative', actorId: `urn:altinn:person:identifier-no:${person}` };
}

function attachmentUrl() {
  return { url: uri('attachment'), mediaType: 'application/pdf', consumerType: 'Gui' };
}

function attachment() {
  return {
    ...{ id: newId(), displayName: texts('vedlegg'), name: unique('attachment'), expiresAt: days(30) },
    urls: [{ id: newId(), ...attachmentUrl() }],
  };
}

function transmissionAttachment() {
  return { ...attachment(), urls: [attachmentUrl()] };
}

export function transmission(target: Target, relatedTransmissionId?: string) {
  return {
    ...{ id: newId(), idempotentKey: unique('sent'), createdAt: days(-2), type: 'Information' },
    ...{
      authorizationAttribute: target.resource,
      extendedType: uri('type'),
      externalReference: unique('ref'),
    },
    ...(relatedTransmissionId !== undefined && { relatedTransmissionId }),
    sender: relatedTransmissionId === undefined ? named() : numbered(target),
    content: { title: plain('brev'), summary: plain('sammendrag'), contentReference: embedded('brev') },
    attachments: [transmissionAttachment()],
    navigationalActions: [{ title: texts('videre'), url: uri('next'), expiresAt: days(30) }],
  };
}

/** As `Information` with a description, or as the opening of a transmission. */
export function activity(target: Target, transmissionId?: string, age = 1) {
  const common = { id: newId(), createdAt: days(-age), extendedType: uri('activity') };
  if (transmissionId === undefined) {
    return { ...common, type: 'Information', performedBy: named(), description: texts('hendelse') };
  }
  return { ...common, type: 'TransmissionOpened', performedBy: numbered(target), transmissionId };
}

function guiAction(priority: string) {
  return {
    ...{ id: newId(), action: 'read', url: uri('gui'), authorizationAttribute: unique('part') },
    ...{
      httpMethod: 'POST',
      priority,
      isDeleteDialogAction: true,
      title: texts('knapp'),
      prompt: texts('sikker'),
    },
  };
}

function apiAction() {
  const schemas = { requestSchema: uri('request'), responseSchema: uri('response') };
  const endpoint = {
    ...{ id: newId(), url: uri('api'), httpMethod: 'PATCH', version: unique('v1'), deprecated: true },
    ...{ documentationUrl: uri('docs'), sunsetAt: days(90), ...schemas },
  };
  return {
    ...{ id: newId(), action: 'write', name: unique('handling'), authorizationAttribute: unique('part') },
    endpoints: [endpoint],
  };
}

/** What a PUT replaces. */
export function replacement(target: Target) {
  const first = transmission(target);
  const reply = transmission(target, first.id);
  return {
    ...{ status: 'RequiresAttention', extendedStatus: unique('status'), externalReference: unique('sak') },
    ...{ progress: 37, process: uri('process'), precedingProcess: uri('before'), isApiOnly: false },
    ...{ dueAt: days(20), expiresAt: days(40), searchTags: [{ value: unique('tag') }] },
    content: {
      ...{ title: plain('tittel'), summary: plain('oppsummering'), senderName: plain('avsender') },
      ...{
        additionalInfo: plain('mer'),
        extendedStatus: { ...plain('st'), value: [{ languageCode: 'nb', value: unique('til') }] },
      },
      ...{ nonSensitiveTitle: plain('nøytral'), nonSensitiveSummary: plain('nøytralt') },
      mainContentReference: embedded('hoved'),
    },
    attachments: [attachment()],
    guiActions: [guiAction('Primary')],
    apiActions: [apiAction()],
    transmissions: [first, reply] as const,
    activities: [activity(target, first.id), activity(target, undefined, 0.5)] as const,
  };
}

/** What a create takes. */
export function wholeDialog(target: Target, visibleFrom?: string) {
  const { party, resource: serviceResource } = target;
  const times = visibleFrom === undefined ? { createdAt: days(-3), updatedAt: days(-2.5) } : { visibleFrom };
  return {
    ...{ id: newId(), idempotentKey: unique('key'), serviceResource, party, systemLabel: 'Default' },
    ...replacement(target),
    ...times,
    serviceOwnerContext: { serviceOwnerLabels: [{ value: unique('label') }] },
  };
}

/** The least that makes a dialog. */
export function smallDialog({ party, resource: serviceResource }: Target) {
  return { serviceResource, party, content: { title: plain('liten') } };
}
