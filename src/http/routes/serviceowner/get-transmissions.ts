import { Type } from 'typebox';
import { ownerCaller } from '../../../dialogs/caller.ts';
import { openForOwner } from '../../../dialogs/parts.ts';
import { ownerTransmission } from '../../schemas/children.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'List the transmissions of a dialog',
  params: ids('dialogId'),
  response: { 200: Type.Array(ownerTransmission), ...problems(400, 401, 403, 404, 410) },
};

/** GET /serviceowner/dialogs/{dialogId}/transmissions */
export function getTransmissionsRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/transmissions', { schema }, async ({ identity, params }) => {
    const id = params.dialogId.toLowerCase();
    const { transmissions } = await openForOwner(dialogs, { caller: ownerCaller(identity), id });
    return transmissions;
  });
}
