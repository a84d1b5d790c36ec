import { Type } from 'typebox';
import { findForEndUser } from '../../../dialogs/get-for-end-user.ts';
import { endUserSeenEntry } from '../../../dialogs/parts.ts';
import { seenEntry } from '../../schemas/children.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { queryOf } from './query.ts';

const schema = {
  tags: ['enduser'],
  summary: 'List who has fetched a dialog, the newest first',
  params: ids('dialogId'),
  response: { 200: Type.Array(seenEntry), ...problems(400, 401, 403, 404, 410) },
};

/** GET /enduser/dialogs/{dialogId}/seenlog */
export function getSeenLogRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/seenlog', { schema }, async (request) => {
    const { dialog, viewer } = await findForEndUser(dialogs, queryOf(request));
    return dialog.seenLog.map((entry) => endUserSeenEntry(entry, viewer));
  });
}
