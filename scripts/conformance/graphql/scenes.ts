import { randomUUID } from 'node:crypto';
import { activity, days, newId, smallDialog, wholeDialog } from '../bodies.ts';
import type { GraphqlSession } from './client.ts';

interface Found {
  readonly dialog: { readonly dialogToken: string; readonly endUserContext: { readonly revision: string } };
}

/** The dialogs that the operations are about. */
interface World {
  readonly whole: ReturnType<typeof wholeDialog>;
  readonly dialogId: string;
  readonly deletedId: string;
}

/** Plays every field of the schema: first with success and a value for everything, then with every refusal. */
export async function playScenes(session: GraphqlSession): Promise<void> {
  const world = await makeDialogs(session);
  await readDialogs(session, world);
  await searchDialogs(session, world);
  await lookAround(session, world);
  await labelDialogs(session, world);
}

async function makeDialogs(session: GraphqlSession): Promise<World> {
  const whole = wholeDialog(session.target);
  const dialogId = String(await session.asOwner('POST', '/dialogs', whole));
  const deletedId = String(await session.asOwner('POST', '/dialogs', smallDialog(session.target)));
  await session.asOwner('DELETE', `/dialogs/${deletedId}`);
  return { whole, dialogId, deletedId };
}

async function readDialogs(session: GraphqlSession, { dialogId, deletedId }: World): Promise<void> {
  const { target } = session;
  const { dialog } = await session.ask<Found>('dialogById', { dialogId });
  await session.listen(dialogId, dialog.dialogToken, () =>
    session.asOwner('PATCH', `/dialogs/${dialogId}`, [{ op: 'replace', path: '/progress', value: 38 }]),
  );
  const held = await session.asOwner('POST', '/dialogs', wholeDialog(target, days(10)));
  const gone = { ...smallDialog(target), expiresAt: days(-1) };
  const expired = await session.asOwner('POST', '/dialogs?isSilentUpdate=true', gone);
  for (const id of [newId(), deletedId, held, expired]) await session.ask('dialogById', { dialogId: id });
  await session.ask('dialogById', { dialogId }, 'weakUser');
  await session.ask('dialogById', { dialogId }, 'nobody');
}

async function searchDialogs(session: GraphqlSession, { whole, dialogId }: World): Promise<void> {
  const { party, resource, owner } = session.target;
  const input = { party: [party], serviceResource: [resource], limit: 1 };
  const keys = ['contentUpdatedAt', 'updatedAt', 'createdAt', 'dueAt'];
  const orderBy = keys.map((key) => ({ [key]: 'DESC' }));
  await session.ask('dialogById', { dialogId });
  await session.ask('searchDialogs', { input: { ...input, orderBy } });
  await session.ask('searchDialogs', { input: filterFor(whole, { party, owner: owner.org }) });
  const [{ id: transmissionId }] = whole.transmissions;
  // The newest activity has a description in one look, and a transmission in the other.
  await session.asOwner(
    'POST',
    `/dialogs/${dialogId}/activities?isSilentUpdate=true`,
    activity(session.target, transmissionId, 0.1),
  );
  await session.ask('searchDialogs', {
    input: { ...input, limit: 100, externalReference: whole.externalReference },
  });
  const wrong = [
    { input: {} },
    { input: { ...input, orderBy: [{ createdAt: 'ASC', dueAt: 'ASC' }] } },
    { input: { ...input, orderBy, continuationToken: 'nowhere' } },
  ];
  for (const args of wrong) await session.ask('searchDialogs', args);
  await session.ask('searchDialogs', { input }, 'nobody');
}

/** Every filter there is, so that the dialog itself is what is found. */
function filterFor(
  whole: World['whole'],
  { party, owner }: { readonly party: string; readonly owner: string },
) {
  const { externalReference, extendedStatus, process, serviceResource } = whole;
  const [title] = whole.content.title.value;
  return {
    ...{ party: [party], serviceResource: [serviceResource], org: [owner], externalReference, process },
    ...{ extendedStatus: [extendedStatus], status: ['REQUIRES_ATTENTION'], systemLabel: ['DEFAULT'] },
    ...{ createdAfter: days(-9), createdBefore: days(1), updatedAfter: days(-9), updatedBefore: days(1) },
    ...{
      contentUpdatedAfter: days(-9),
      contentUpdatedBefore: days(1),
      dueAfter: days(1),
      dueBefore: days(99),
    },
    ...{
      excludeApiOnly: true,
      isContentSeen: true,
      search: title?.value,
      searchLanguageCode: 'nb',
      limit: 1,
    },
  };
}

async function lookAround(session: GraphqlSession, { dialogId }: World): Promise<void> {
  const { party } = session.target;
  await session.ask('limits', {});
  await session.ask('parties', {});
  await session.ask('serviceResources', { parties: [party], includeUnauthorized: false });
  await session.ask('serviceResources', { includeUnauthorized: true });
  const instanceRef = `urn:altinn:dialog-id:${dialogId}`;
  await session.ask('dialogLookup', { instanceRef });
  await session.ask('dialogLookup', { instanceRef }, 'nobody');
  await session.ask('dialogLookup', { instanceRef: `urn:altinn:dialog-id:${newId()}` });
  await session.ask('dialogLookup', { instanceRef: 'no reference' });
}

async function labelDialogs(session: GraphqlSession, { dialogId, deletedId }: World): Promise<void> {
  const wish = { addLabels: ['ARCHIVE'], removeLabels: ['MARKED_AS_UNOPENED'] };
  await session.ask('setSystemLabel', { input: { dialogId, ...wish } });
  await session.ask('setSystemLabel', { input: { dialogId, ...wish, addLabels: ['SENT'] } });
  for (const id of [newId(), deletedId])
    await session.ask('setSystemLabel', { input: { dialogId: id, ...wish } });
  await session.ask('setSystemLabel', { input: { dialogId, ...wish } }, 'nobody');

  const { dialog } = await session.ask<Found>('dialogById', { dialogId });
  const bulk = (target: object, wanted: object = wish) =>
    session.ask('bulkSetSystemLabels', { input: { dialogs: [target], ...wanted } });
  await bulk({ dialogId, enduserContextRevision: dialog.endUserContext.revision });
  await bulk({ dialogId, enduserContextRevision: randomUUID() });
  await bulk({ dialogId: newId() });
  await bulk({ dialogId }, { ...wish, addLabels: ['SENT'] });
}
