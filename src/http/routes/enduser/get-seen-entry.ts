import { findForEndUser } from '../../../dialogs/get-for-end-user.ts';
import { endUserSeenEntry, pick } from '../../../dialogs/parts.ts';
import { seenEntry } from '../../schemas/children.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { queryOf } from './query.ts';

const schema = {
  tags: ['enduser'],
  summary: 'Get an entry of the seen log',
  params: ids('dialogId', 'seenLogId'),
  response: { 200: seenEntry, ...problems(400, 401, 403, 404, 410) },
};

/** GET /enduser/dialogs/{dialogId}/seenlog/{seenLogId} */
export function getSeenEntryRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/seenlog/:seenLogId', { schema }, async (request) => {
    const { dialog, viewer } = await findForEndUser(dialogs, queryOf(request));
    return endUserSeenEntry(pick(dialog.seenLog, request.params.seenLogId), viewer);
  });
}
