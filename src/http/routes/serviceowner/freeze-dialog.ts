import { freezeDialog } from '../../../dialogs/freeze.ts';
import { tellWritten } from '../../headers.ts';
import { ids, nothing, silentQuery } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { commandOf } from './command.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Keep a dialog from being changed',
  params: ids('dialogId'),
  querystring: silentQuery,
  response: { 204: nothing('Frozen, or frozen already'), ...problems(400, 401, 403, 404, 409, 410, 412) },
};

/** POST /serviceowner/dialogs/{dialogId}/actions/freeze */
export function freezeDialogRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  app.post('/dialogs/:dialogId/actions/freeze', { schema }, async (request, reply) => {
    tellWritten(reply, await freezeDialog(dialogs, commandOf(request)), serverTiming);
    return reply.code(204).send();
  });
}
