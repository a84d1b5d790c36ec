import { ownerCaller } from '../../../dialogs/caller.ts';
import { openForOwner, pick } from '../../../dialogs/parts.ts';
import { activityOutput } from '../../schemas/children.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Get an activity',
  params: ids('dialogId', 'activityId'),
  response: { 200: activityOutput, ...problems(400, 401, 403, 404, 410) },
};

/** GET /serviceowner/dialogs/{dialogId}/activities/{activityId} */
export function getActivityRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/activities/:activityId', { schema }, async ({ identity, params }) => {
    const id = params.dialogId.toLowerCase();
    const { activities } = await openForOwner(dialogs, { caller: ownerCaller(identity), id });
    return pick(activities, params.activityId);
  });
}
