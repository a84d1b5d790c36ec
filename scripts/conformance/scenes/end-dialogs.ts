import { smallDialog } from '../bodies.ts';
import { DIALOG } from '../paths.ts';
import type { Session } from '../session.ts';
import type { World } from '../world.ts';

/** Freeze, delete, restore and purge, each as the revision stands. */
export async function endDialogs(session: Session, { target }: World): Promise<void> {
  const created = await session.play('POST /serviceowner/dialogs', {
    as: 'owner',
    body: smallDialog(target),
  });
  const dialogId = String(created.body);
  const ask = async () => {
    const answer = await session.play(`GET ${DIALOG}`, { as: 'owner', params: { dialogId } });
    const headers = { 'if-Match': answer.headers.get('etag') ?? '' };
    return { as: 'admin', params: { dialogId }, headers } as const;
  };
  await session.play(`POST ${DIALOG}/actions/freeze`, await ask());
  await session.play(`DELETE ${DIALOG}`, await ask());
  await session.play(`GET ${DIALOG}`, { as: 'owner', params: { dialogId } });
  await session.play(`POST ${DIALOG}/actions/restore`, await ask());
  await session.play(`POST ${DIALOG}/actions/purge`, await ask());
}
