import { findForEndUser } from '../../../dialogs/get-for-end-user.ts';
import { endUserActivity, pick } from '../../../dialogs/parts.ts';
import { activityOutput } from '../../schemas/children.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { queryOf } from './query.ts';

const schema = {
  tags: ['enduser'],
  summary: 'Get an activity',
  params: ids('dialogId', 'activityId'),
  response: { 200: activityOutput, ...problems(400, 401, 403, 404, 410) },
};

/** GET /enduser/dialogs/{dialogId}/activities/{activityId} */
export function getActivityRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/activities/:activityId', { schema }, async (request) => {
    const { dialog, viewer } = await findForEndUser(dialogs, queryOf(request));
    return endUserActivity(pick(dialog.activities, request.params.activityId), viewer);
  });
}
