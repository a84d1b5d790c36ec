import { Type } from 'typebox';
import { ownerCaller } from '../../../dialogs/caller.ts';
import { openForOwner, ownerActivityItem } from '../../../dialogs/parts.ts';
import { ownerActivityItem as item } from '../../schemas/children.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'List the activities of a dialog',
  params: ids('dialogId'),
  response: { 200: Type.Array(item), ...problems(400, 401, 403, 404, 410) },
};

/** GET /serviceowner/dialogs/{dialogId}/activities */
export function getActivitiesRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/activities', { schema }, async ({ identity, params }) => {
    const id = params.dialogId.toLowerCase();
    const { activities } = await openForOwner(dialogs, { caller: ownerCaller(identity), id });
    return activities.map(ownerActivityItem);
  });
}
