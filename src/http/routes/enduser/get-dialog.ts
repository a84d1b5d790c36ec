import { getForEndUser } from '../../../dialogs/get-for-end-user.ts';
import { endUserDialog } from '../../schemas/dialog.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { queryOf } from './query.ts';

const schema = {
  tags: ['enduser'],
  summary: 'Get a dialog; it is noted as seen',
  params: ids('dialogId'),
  response: { 200: endUserDialog, ...problems(400, 401, 403, 404, 410) },
};

/** GET /enduser/dialogs/{dialogId} */
export function getDialogRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId', { schema }, async (request, reply) => {
    const dialog = await getForEndUser(dialogs, queryOf(request));
    return reply.header('Etag', dialog.revision).send(dialog);
  });
}
