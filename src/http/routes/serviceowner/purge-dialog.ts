import { purgeDialog } from '../../../dialogs/purge.ts';
import { tellWritten } from '../../headers.ts';
import { ids, nothing, silentQuery } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { commandOf } from './command.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Remove a dialog and all that belongs to it for good',
  params: ids('dialogId'),
  querystring: silentQuery,
  response: { 204: nothing('Removed'), ...problems(400, 401, 403, 404, 409, 412) },
};

/** POST /serviceowner/dialogs/{dialogId}/actions/purge */
export function purgeDialogRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  app.post('/dialogs/:dialogId/actions/purge', { schema }, async (request, reply) => {
    tellWritten(reply, await purgeDialog(dialogs, commandOf(request)), serverTiming);
    return reply.code(204).send();
  });
}
