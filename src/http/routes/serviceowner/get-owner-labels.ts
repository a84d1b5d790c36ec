import { Type } from 'typebox';
import { ownerCaller } from '../../../dialogs/caller.ts';
import { ownerContextView } from '../../../dialogs/owner-view.ts';
import { openForOwner } from '../../../dialogs/parts.ts';
import { ownerLabel } from '../../schemas/labels.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'List the labels that the service owner has given a dialog',
  params: ids('dialogId'),
  response: { 200: Type.Array(ownerLabel), ...problems(400, 401, 403, 404, 410) },
};

/** GET /serviceowner/dialogs/{dialogId}/context/labels */
export function getOwnerLabelsRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/context/labels', { schema }, async ({ identity, params }, reply) => {
    const id = params.dialogId.toLowerCase();
    const dialog = await openForOwner(dialogs, { caller: ownerCaller(identity), id });
    const { revision, serviceOwnerLabels } = ownerContextView(dialog);
    return reply.header('Etag', revision).send(serviceOwnerLabels);
  });
}
