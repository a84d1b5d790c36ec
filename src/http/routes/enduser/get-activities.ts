import { Type } from 'typebox';
import { findForEndUser } from '../../../dialogs/get-for-end-user.ts';
import { endUserActivityItem } from '../../../dialogs/parts.ts';
import { endUserActivityItem as item } from '../../schemas/children.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { queryOf } from './query.ts';

const schema = {
  tags: ['enduser'],
  summary: 'List the activities of a dialog',
  params: ids('dialogId'),
  response: { 200: Type.Array(item), ...problems(400, 401, 403, 404, 410) },
};

/** GET /enduser/dialogs/{dialogId}/activities */
export function getActivitiesRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/activities', { schema }, async (request) => {
    const { dialog, viewer } = await findForEndUser(dialogs, queryOf(request));
    return dialog.activities.map((activity) => endUserActivityItem(activity, viewer));
  });
}
