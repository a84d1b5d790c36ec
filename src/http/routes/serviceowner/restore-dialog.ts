import { restoreDialog } from '../../../dialogs/restore.ts';
import { tellWritten } from '../../headers.ts';
import { ids, nothing, silentQuery } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { commandOf } from './command.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Restore a deleted dialog',
  params: ids('dialogId'),
  querystring: silentQuery,
  response: { 204: nothing('Restored, or not deleted'), ...problems(400, 401, 403, 404, 409, 412) },
};

/** POST /serviceowner/dialogs/{dialogId}/actions/restore */
export function restoreDialogRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  app.post('/dialogs/:dialogId/actions/restore', { schema }, async (request, reply) => {
    tellWritten(reply, await restoreDialog(dialogs, commandOf(request)), serverTiming);
    return reply.code(204).send();
  });
}
