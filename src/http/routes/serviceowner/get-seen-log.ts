import { Type } from 'typebox';
import { ownerCaller } from '../../../dialogs/caller.ts';
import { openForOwner, ownerSeenEntry } from '../../../dialogs/parts.ts';
import { ownerSeenEntry as entry } from '../../schemas/children.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'List who has fetched a dialog, the newest first',
  params: ids('dialogId'),
  response: { 200: Type.Array(entry), ...problems(400, 401, 403, 404, 410) },
};

/** GET /serviceowner/dialogs/{dialogId}/seenlog */
export function getSeenLogRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/seenlog', { schema }, async ({ identity, params }) => {
    const id = params.dialogId.toLowerCase();
    const { seenLog } = await openForOwner(dialogs, { caller: ownerCaller(identity), id });
    return seenLog.map(ownerSeenEntry);
  });
}
