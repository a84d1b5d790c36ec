import { Type } from 'typebox';
import { retimeFormSaved } from '../../../dialogs/retime-form-saved.ts';
import { readBody } from '../../body.ts';
import { tellWritten } from '../../headers.ts';
import { dateTime, ids, nothing, silentQuery } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { commandOf } from './command.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Say that a form was saved at another time; for administrators, and always silent',
  params: ids('dialogId', 'activityId'),
  querystring: silentQuery,
  body: Type.Object({ newCreatedAt: dateTime() }),
  response: { 204: nothing('Changed, or nothing to change'), ...problems(400, 401, 403, 404, 409, 412, 422) },
};

/** POST /serviceowner/dialogs/{dialogId}/activities/{activityId}/actions/updateFormSavedActivityTime */
export function retimeFormSavedRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  const path = '/dialogs/:dialogId/activities/:activityId/actions/updateFormSavedActivityTime';
  app.post(path, { schema, attachValidation: true }, async (request, reply) => {
    const { newCreatedAt: createdAt } = readBody(request, () => ({}));
    const activityId = request.params.activityId.toLowerCase();
    const command = { ...commandOf(request), silent: true, activityId, createdAt };
    tellWritten(reply, await retimeFormSaved(dialogs, command), serverTiming);
    return reply.code(204).send();
  });
}
