import { ownerCaller } from '../../../dialogs/caller.ts';
import { openForOwner, pick } from '../../../dialogs/parts.ts';
import { ownerTransmission } from '../../schemas/children.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Get a transmission',
  params: ids('dialogId', 'transmissionId'),
  response: { 200: ownerTransmission, ...problems(400, 401, 403, 404, 410) },
};

/** GET /serviceowner/dialogs/{dialogId}/transmissions/{transmissionId} */
export function getTransmissionRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/transmissions/:transmissionId', { schema }, async ({ identity, params }) => {
    const id = params.dialogId.toLowerCase();
    const { transmissions } = await openForOwner(dialogs, { caller: ownerCaller(identity), id });
    return pick(transmissions, params.transmissionId);
  });
}
