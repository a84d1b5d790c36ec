import { Type } from 'typebox';
import { ownerCaller } from '../../../dialogs/caller.ts';
import { getForOwner } from '../../../dialogs/get-for-owner.ts';
import { ownerDialog } from '../../schemas/dialog.ts';
import { ids, text } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Get a dialog',
  params: ids('dialogId'),
  querystring: Type.Object({
    endUserId: Type.Optional(text(255)),
  }),
  response: { 200: ownerDialog, ...problems(400, 401, 403, 404) },
};

/** GET /serviceowner/dialogs/{dialogId} */
export function getDialogRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId', { schema }, async (request, reply) => {
    const { identity, params, query, trace } = request;
    const dialog = await getForOwner(dialogs, {
      caller: ownerCaller(identity),
      identity,
      id: params.dialogId.toLowerCase(),
      endUserId: query.endUserId,
      trace: trace.parent,
    });
    return reply.header('Etag', dialog.revision).send(dialog);
  });
}
