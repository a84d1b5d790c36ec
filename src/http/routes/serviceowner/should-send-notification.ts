import { Type } from 'typebox';
import { shouldSendNotification } from '../../../dialogs/notification-condition.ts';
import { activityType } from '../../schemas/children.ts';
import { ids, maybe, uuid } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { NOTIFICATION_SCOPES } from './scopes.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Ask whether a notification about a dialog is to be sent',
  params: ids('dialogId'),
  querystring: Type.Object({
    conditionType: Type.Enum(['NotExists', 'Exists']),
    activityType,
    transmissionId: maybe(uuid()),
  }),
  response: {
    200: Type.Object({ sendNotification: Type.Boolean() }),
    ...problems(400, 401, 403, 404, 410),
  },
};

/** GET /serviceowner/dialogs/{dialogId}/actions/should-send-notification */
export function shouldSendNotificationRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  const config = { scopes: NOTIFICATION_SCOPES };
  app.get(
    '/dialogs/:dialogId/actions/should-send-notification',
    { schema, config },
    async ({ params, query }) => {
      const { conditionType: condition, activityType: type, transmissionId } = query;
      const question = { dialogId: params.dialogId.toLowerCase(), condition, type, transmissionId };
      return { sendNotification: await shouldSendNotification(dialogs, question) };
    },
  );
}
