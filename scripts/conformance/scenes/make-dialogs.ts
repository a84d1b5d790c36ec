import { days, newId, smallDialog, wholeDialog } from '../bodies.ts';
import { DIALOG } from '../paths.ts';
import type { Session } from '../session.ts';
import type { World } from '../world.ts';

/** A dialog with everything, one that is not visible yet and one that is going to be deleted. */
export async function makeDialogs(session: Session): Promise<World> {
  const { target } = session;
  const whole = wholeDialog(target);
  const person = `urn:altinn:person:identifier-no:${target.person}`;
  const instanceRef = `urn:altinn:correspondence-id:${newId()}`;
  whole.serviceOwnerContext.serviceOwnerLabels.push({ value: instanceRef });
  const create = async (body: object) =>
    String((await session.play('POST /serviceowner/dialogs', { as: 'owner', body })).body);
  const dialogId = await create(whole);
  const held = await create(wholeDialog(target, days(10)));
  const deletedId = await create(smallDialog(target));
  const ask = { as: 'owner', params: { dialogId: held } } as const;
  await session.play(`GET ${DIALOG}`, ask);
  return { target, person, whole, dialogId, deletedId, missingId: newId(), instanceRef };
}
