import { activityFaults, addActivity } from '../../../dialogs/append.ts';
import { readBody } from '../../body.ts';
import { sendId, tellWritten } from '../../headers.ts';
import { activityInput } from '../../schemas/children.ts';
import { createdId, ids, silentQuery } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { commandOf } from './command.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Append an activity',
  params: ids('dialogId'),
  querystring: silentQuery,
  body: activityInput,
  response: { 201: createdId, ...problems(400, 401, 403, 404, 409, 410, 412, 422) },
};

/** POST /serviceowner/dialogs/{dialogId}/activities */
export function createActivityRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  app.post('/dialogs/:dialogId/activities', { schema, attachValidation: true }, async (request, reply) => {
    const command = commandOf(request);
    const input = readBody(request, (body) => activityFaults(body));
    const written = await addActivity(dialogs, { ...command, input });
    tellWritten(reply, written, serverTiming);
    reply.header('Location', `${request.url.split('?', 1)[0]}/${written.childId}`);
    return sendId(reply, written.childId);
  });
}
