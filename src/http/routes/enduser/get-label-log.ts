import { Type } from 'typebox';
import { labelLogForEndUser } from '../../../dialogs/label-log.ts';
import { labelLogLine } from '../../schemas/labels.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { queryOf } from './query.ts';

const schema = {
  tags: ['enduser'],
  summary: 'List who has set and removed system labels, the newest first',
  params: ids('dialogId'),
  response: { 200: Type.Array(labelLogLine), ...problems(400, 401, 403, 404, 410) },
};

/** GET /enduser/dialogs/{dialogId}/context/labellog */
export function getLabelLogRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/context/labellog', { schema }, async (request) =>
    labelLogForEndUser(dialogs, queryOf(request)),
  );
}
