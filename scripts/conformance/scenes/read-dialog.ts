import { DIALOG, END_USER } from '../paths.ts';
import type { Session } from '../session.ts';
import type { World } from '../world.ts';

interface Part {
  readonly id: string;
}

/** Reads all of it from both sides; returns the entry of the seen log that came of it. */
export async function readDialog(session: Session, { dialogId, person, whole }: World): Promise<string> {
  const owner = { as: 'owner', params: { dialogId } } as const;
  const user = { as: 'user', params: { dialogId }, headers: { 'accept-Language': 'nn' } } as const;
  await session.play(`GET ${END_USER}`, user);
  await session.play(`GET ${DIALOG}`, owner);
  await session.play(`GET ${DIALOG}`, { ...owner, query: { endUserId: person } });
  const { body } = await session.play(`GET ${DIALOG}/seenlog`, owner);
  const seenLogId = (body as readonly Part[])[0]?.id ?? '';
  await session.play(`GET ${END_USER}/seenlog`, { ...user, headers: {} });
  for (const [side, ask] of [
    [DIALOG, owner],
    [END_USER, user],
  ] as const) {
    await session.play(`GET ${side}/activities`, ask);
    await session.play(`GET ${side}/transmissions`, ask);
    for (const { id: activityId } of whole.activities) {
      await session.play(`GET ${side}/activities/{activityId}`, { ...ask, params: { dialogId, activityId } });
    }
    for (const { id: transmissionId } of whole.transmissions) {
      const params = { dialogId, transmissionId };
      await session.play(`GET ${side}/transmissions/{transmissionId}`, { ...ask, params });
    }
    await session.play(`GET ${side}/seenlog/{seenLogId}`, { as: ask.as, params: { dialogId, seenLogId } });
  }
  return seenLogId;
}
