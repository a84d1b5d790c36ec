import { numbered, unique } from '../bodies.ts';
import { DIALOG, END_USER } from '../paths.ts';
import type { Session } from '../session.ts';
import type { World } from '../world.ts';

/** Labels of the service owner and of the system, each change as the revision of its context stands. */
export async function labelDialog(session: Session, world: World): Promise<void> {
  const { dialogId, person, target } = world;
  const contexts = async () => {
    const { body } = await session.play(`GET ${DIALOG}`, { as: 'owner', params: { dialogId } });
    const dialog = body as Record<'endUserContext' | 'serviceOwnerContext', { revision: string }>;
    return { user: dialog.endUserContext.revision, owner: dialog.serviceOwnerContext.revision };
  };
  const own = async () =>
    ({ as: 'owner', params: { dialogId }, headers: { 'if-Match': (await contexts()).owner } }) as const;
  const label = unique('merke');
  await session.play(`POST ${DIALOG}/context/labels`, { ...(await own()), body: { value: label } });
  await session.play(`GET ${DIALOG}/context/labels`, { as: 'owner', params: { dialogId } });
  const labelled = await own();
  await session.play(`DELETE ${DIALOG}/context/labels/{label}`, { ...labelled, params: { dialogId, label } });
  const wishes = { addLabels: ['Archive'], removeLabels: ['MarkedAsUnopened'], systemLabels: ['Archive'] };
  const shared = async () => ({ params: { dialogId }, headers: { 'if-Match': (await contexts()).user } });
  const set = `PUT ${DIALOG}/endusercontext/systemlabels`;
  await session.play(`PUT ${END_USER}/context/systemlabels`, {
    as: 'user',
    ...(await shared()),
    body: wishes,
  });
  await session.play(set, {
    as: 'owner',
    ...(await shared()),
    query: { enduserId: person },
    body: { addLabels: ['Bin'] },
  });
  const performedBy = { ...numbered(target) };
  await session.play(set, { as: 'admin', ...(await shared()), body: { ...wishes, performedBy } });
  const named = { actorType: 'PartyRepresentative', actorName: unique('Ola') };
  await session.play(set, {
    as: 'admin',
    ...(await shared()),
    body: { addLabels: ['Bin'], performedBy: named },
  });
  await session.play(`GET ${END_USER}/context/labellog`, { as: 'user', params: { dialogId } });
  await labelTogether(session, world, async () => (await contexts()).user);
}

async function labelTogether(
  session: Session,
  { dialogId, person, target }: World,
  revision: () => Promise<string>,
): Promise<void> {
  const wishes = { addLabels: ['Archive'], removeLabels: ['MarkedAsUnopened'], systemLabels: ['Archive'] };
  const dialogs = async () => [{ dialogId, endUserContextRevision: await revision() }];
  const bulk = '/endusercontext/systemlabels/actions/bulkset';
  const user = { ...wishes, dialogs: await dialogs() };
  await session.play('POST /enduser/dialogs/context/systemlabels/actions/bulkset', {
    as: 'user',
    body: user,
  });
  const onBehalf = { addLabels: ['Bin'], dialogs: await dialogs() };
  const path = `POST /serviceowner/dialogs${bulk}`;
  await session.play(path, { as: 'owner', query: { enduserId: person }, body: onBehalf });
  const numberedBy = { ...wishes, dialogs: await dialogs(), performedBy: numbered(target) };
  await session.play(path, { as: 'admin', body: numberedBy });
  const performedBy = { actorType: 'PartyRepresentative', actorName: unique('Ola') };
  await session.play(path, {
    as: 'admin',
    body: { addLabels: ['Bin'], dialogs: await dialogs(), performedBy },
  });
}
