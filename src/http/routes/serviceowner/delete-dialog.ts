import { deleteDialog } from '../../../dialogs/delete.ts';
import { tellWritten } from '../../headers.ts';
import { ids, nothing, silentQuery } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { commandOf } from './command.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Delete a dialog; it can be restored',
  params: ids('dialogId'),
  querystring: silentQuery,
  response: { 204: nothing('Deleted'), ...problems(400, 401, 403, 404, 409, 410, 412) },
};

/** DELETE /serviceowner/dialogs/{dialogId} */
export function deleteDialogRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  app.delete('/dialogs/:dialogId', { schema }, async (request, reply) => {
    tellWritten(reply, await deleteDialog(dialogs, commandOf(request)), serverTiming);
    return reply.code(204).send();
  });
}
