import type { Target } from '../target.ts';
import { days, unique, wholeDialog } from '../bodies.ts';
import { DIALOG, END_USER } from '../paths.ts';
import type { Session } from '../session.ts';
import type { World } from '../world.ts';

/** Pages, and every filter at once. */
export async function searchDialogs(session: Session, world: World): Promise<void> {
  const { target, person, dialogId, deletedId } = world;
  await session.play(`DELETE ${DIALOG}`, { as: 'owner', params: { dialogId: deletedId } });
  await session.play('POST /serviceowner/dialogs', { as: 'owner', body: wholeDialog(target) });
  await session.play(`GET ${END_USER}`, { as: 'user', params: { dialogId } });
  const all = { party: [target.party] };
  const list = async (
    side: 'enduser' | 'serviceowner',
    query: Record<string, string | readonly string[]>,
  ) => {
    const as = side === 'enduser' ? 'user' : 'owner';
    const headers = side === 'enduser' ? { 'accept-Language': 'nb,en;q=0.5' } : {};
    return (await session.play(`GET /${side}/dialogs`, { as, query, headers })).body as {
      continuationToken?: string;
    };
  };
  for (const side of ['enduser', 'serviceowner'] as const) {
    await list(side, all);
    const orderBy = 'createdAt_desc,id_desc';
    const { continuationToken = '' } = await list(side, { ...all, limit: '1', orderBy });
    await list(side, { ...all, limit: '1', orderBy, continuationToken });
    const own = side === 'enduser' ? { org: [target.owner.org] } : ownFilters(person);
    await list(side, { ...all, ...filters(target), ...own });
  }
  await list('serviceowner', { ...all, deleted: 'Include' });
  await list('serviceowner', { ...all, endUserId: person });
  const context = { ...all, contentUpdatedAfter: days(-10), label: ['Bin', 'Default', 'Archive'] };
  const path = 'GET /serviceowner/dialogs/endusercontext';
  const { body } = await session.play(path, { as: 'owner', query: { ...context, limit: '1' } });
  const { continuationToken = '' } = body as { continuationToken?: string };
  await session.play(path, { as: 'owner', query: { ...context, limit: '1', continuationToken } });
}

/** Every filter that both sides have. */
function filters({ resource }: Target): Record<string, string | readonly string[]> {
  const times = ['created', 'updated', 'contentUpdated', 'due'].flatMap((name) => [
    [`${name}After`, days(-1000)],
    [`${name}Before`, days(1000)],
  ]);
  return {
    ...(Object.fromEntries(times) as Record<string, string>),
    ...{ serviceResource: [resource], extendedStatus: ['x', 'y'], externalReference: unique('ref') },
    ...{
      status: ['Draft', 'Completed'],
      isContentSeen: 'false',
      process: 'urn:process:1',
      systemLabel: ['Default'],
    },
    ...{ excludeApiOnly: 'true', search: 'tittel', searchLanguageCode: 'nb' },
  };
}

function ownFilters(person: string): Record<string, string | readonly string[]> {
  const visible = { visibleAfter: days(-1000), visibleBefore: days(1000) };
  return { ...visible, endUserId: person, deleted: 'Exclude', serviceOwnerLabels: ['label*', 'other'] };
}
