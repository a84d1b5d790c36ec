import { activity, replacement, transmission, unique } from '../bodies.ts';
import { DIALOG } from '../paths.ts';
import type { Session } from '../session.ts';
import type { World } from '../world.ts';

/** Each command as the revision stands. */
export async function changeDialog(session: Session, { target, dialogId, whole }: World): Promise<void> {
  const revision = async () => {
    const answer = await session.play(`GET ${DIALOG}`, { as: 'owner', params: { dialogId } });
    return { 'if-Match': answer.headers.get('etag') ?? '' };
  };
  const ask = async () => ({ as: 'owner', params: { dialogId }, headers: await revision() }) as const;
  await session.play(`PUT ${DIALOG}`, { ...(await ask()), body: replacement(target) });
  const patch = [
    { op: 'replace', path: '/progress', value: 52 },
    { op: 'copy', from: '/process', path: '/precedingProcess' },
  ];
  await session.play(`PATCH ${DIALOG}`, { ...(await ask()), body: patch });
  await session.play(`POST ${DIALOG}/activities`, { ...(await ask()), body: activity(target) });
  const [first] = whole.transmissions;
  await session.play(`POST ${DIALOG}/activities`, {
    ...(await ask()),
    body: activity(target, first.id, 0.1),
  });
  const child = transmission(target, first.id);
  await session.play(`POST ${DIALOG}/transmissions`, { ...(await ask()), body: child });
  const { id: transmissionId, ...mended } = child;
  await session.play(`PUT ${DIALOG}/transmissions/{transmissionId}`, {
    ...{ ...(await ask()), params: { dialogId, transmissionId } },
    body: { ...mended, externalReference: unique('ref'), isSilentUpdate: true },
  });
}
