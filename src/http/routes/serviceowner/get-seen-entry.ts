import { ownerCaller } from '../../../dialogs/caller.ts';
import { openForOwner, ownerSeenEntry, pick } from '../../../dialogs/parts.ts';
import { ownerSeenEntry as entry } from '../../schemas/children.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Get an entry of the seen log',
  params: ids('dialogId', 'seenLogId'),
  response: { 200: entry, ...problems(400, 401, 403, 404, 410) },
};

/** GET /serviceowner/dialogs/{dialogId}/seenlog/{seenLogId} */
export function getSeenEntryRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/seenlog/:seenLogId', { schema }, async ({ identity, params }) => {
    const id = params.dialogId.toLowerCase();
    const { seenLog } = await openForOwner(dialogs, { caller: ownerCaller(identity), id });
    return ownerSeenEntry(pick(seenLog, params.seenLogId));
  });
}
