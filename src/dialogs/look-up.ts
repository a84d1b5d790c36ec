import type { Identity, ListedResource, LocalizedText } from '../access/ports.ts';
import { Failure } from '../lib/errors.ts';
import { askAccess } from './access.ts';
import { type EvidenceView, evidenceOf } from './authorization-evidence.ts';
import { type OwnerCaller, userUrn } from './caller.ts';
import { isOwned } from './get-for-owner.ts';
import { bestReference, type InstanceReference, readInstanceReference } from './instance-reference.ts';
import { chooseTexts } from './languages.ts';
import { newestLabelled } from './lookup-queries.ts';
import type { WholeDialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { type FoundDialog, readWhole } from './read-queries.ts';
import { type OwnerView, ownerView, type ResourceView, resourceView } from './service-resources.ts';
import { mapTexts } from './view.ts';
import { refuseUnseeable } from './visibility.ts';

interface FoundView {
  readonly dialogId: string;
  readonly instanceRef: string;
  readonly party: string;
  readonly serviceResource: ResourceView;
  readonly serviceOwner: OwnerView;
  readonly title?: readonly LocalizedText[];
}

/** `V1CommonIdentifierLookup_ServiceOwnerIdentifierLookup` */
export interface OwnerLookupView extends FoundView {
  readonly nonSensitiveTitle?: readonly LocalizedText[];
}

/** `V1CommonIdentifierLookup_EndUserIdentifierLookup` */
export interface EndUserLookupView extends FoundView {
  readonly authorizationEvidence: EvidenceView;
}

export interface LookupQuery {
  readonly identity: Identity;
  readonly instanceRef: string;
  readonly languages: readonly string[] | undefined;
}

/** Which of the caller's dialogs is meant, deleted or not. Throws `request-invalid` and `not-found`. */
export async function lookUpForOwner(
  dialogs: DialogsOptions,
  query: LookupQuery & { readonly caller: OwnerCaller },
): Promise<OwnerLookupView> {
  const { caller, languages } = query;
  const reference = readInstanceReference(query.instanceRef);
  const found = await find(dialogs, reference, caller.orgNumber);
  if (!found || !isOwned(found.dialog, caller)) throw new Failure('not-found');
  const { dialog } = found;
  const { title, nonSensitiveTitle } = dialog.document.content ?? {};
  const view: OwnerLookupView = {
    ...foundView(dialog, reference, await resourceOf(dialogs, dialog)),
    ...(title && { title: title.value }),
    ...(nonSensitiveTitle && { nonSensitiveTitle: nonSensitiveTitle.value }),
  };
  return mapTexts(view, (texts) => chooseTexts(texts, languages));
}

/**
 * Which dialog is meant, and by what the caller may read it. Whoever is only not authenticated well enough sees the
 * non-sensitive title, where there is one. It is not noted as seen. Throws `request-invalid`, `not-found`,
 * `not-authorised`, and `not-found` again for what is not yet or no longer visible.
 */
export async function lookUpForEndUser(
  dialogs: DialogsOptions,
  query: LookupQuery,
): Promise<EndUserLookupView> {
  const { identity, languages } = query;
  userUrn(identity);
  const reference = readInstanceReference(query.instanceRef);
  const found = await find(dialogs, reference);
  if (!found || found.dialog.deletedAt !== null) throw new Failure('not-found');
  const { dialog, now } = found;
  const { mayRead, levelTooLow } = await askAccess(dialogs.decide, identity, dialog);
  if (!mayRead && !levelTooLow) throw new Failure('not-authorised');
  refuseUnseeable(dialog, now);
  const resource = await resourceOf(dialogs, dialog);
  const { title, nonSensitiveTitle } = dialog.document.content ?? {};
  const shown = levelTooLow ? (nonSensitiveTitle ?? title) : title;
  const base = foundView(dialog, reference, resource);
  const view: EndUserLookupView = {
    ...base,
    ...(shown && { title: shown.value }),
    authorizationEvidence: await evidenceOf(dialogs, {
      ...{ identity, dialog, resource },
      instanceRef: base.instanceRef,
    }),
  };
  return mapTexts(view, (texts) => chooseTexts(texts, languages));
}

/** @param owner organisation number of the one whose labels are looked at; undefined for everybody's */
async function find(
  { database }: DialogsOptions,
  reference: InstanceReference,
  owner?: string,
): Promise<FoundDialog | undefined> {
  const id =
    reference.kind === 'dialog' ? reference.dialogId : await newestLabelled(database, reference.label, owner);
  return id === undefined ? undefined : readWhole(database, id);
}

/** Throws `not-found` when the registry has forgotten it: then nobody can be told who may read the dialog. */
async function resourceOf({ catalogue }: DialogsOptions, dialog: WholeDialog): Promise<ListedResource> {
  const [resource] = await catalogue.resources([dialog.serviceResource]);
  if (!resource) throw new Failure('not-found');
  return resource;
}

function foundView(dialog: WholeDialog, reference: InstanceReference, resource: ListedResource): FoundView {
  const { id, party, ownerLabels } = dialog;
  return {
    dialogId: id,
    instanceRef: reference.kind === 'dialog' ? bestReference(id, ownerLabels) : reference.text,
    party,
    serviceResource: resourceView(resource),
    serviceOwner: ownerView(resource),
  };
}
