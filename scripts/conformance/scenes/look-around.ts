import { DIALOG } from '../paths.ts';
import type { Session } from '../session.ts';
import type { World } from '../world.ts';

/** What is not about one dialog, or only asks for one. */
export async function lookAround(
  session: Session,
  { dialogId, whole, instanceRef, target }: World,
): Promise<void> {
  const headers = { 'accept-Language': 'en' };
  for (const [side, as] of [
    ['enduser', 'user'],
    ['serviceowner', 'owner'],
  ] as const) {
    await session.play(`GET /${side}/dialoglookup`, { as, query: { instanceRef }, headers });
    const query = { instanceRef: `urn:altinn:dialog-id:${dialogId}` };
    await session.play(`GET /${side}/dialoglookup`, { as, query });
  }
  await session.play('GET /enduser/parties', { as: 'user' });
  const query = { party: [target.party] };
  await session.play('GET /enduser/serviceresources', { as: 'user', query, headers });
  await session.play('GET /metadata/serviceresources', { as: 'nobody', headers });
  await session.play('GET /metadata/limits', { as: 'nobody' });
  await session.play('GET /.well-known/jwks.json', { as: 'nobody' });
  await session.play('GET /.well-known/oauth-authorization-server', { as: 'nobody' });
  const condition = { conditionType: 'Exists', activityType: 'TransmissionOpened' };
  await session.play(`GET ${DIALOG}/actions/should-send-notification`, {
    ...{ as: 'notifier', params: { dialogId } },
    query: { ...condition, transmissionId: whole.transmissions[0].id },
  });
}
