import { addTransmission, transmissionFaults } from '../../../dialogs/append.ts';
import { readBody } from '../../body.ts';
import { sendId, tellWritten } from '../../headers.ts';
import { transmissionInput } from '../../schemas/children.ts';
import { createdId, ids, silentQuery } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { commandOf } from './command.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Append a transmission',
  params: ids('dialogId'),
  querystring: silentQuery,
  body: transmissionInput,
  response: { 201: createdId, ...problems(400, 401, 403, 404, 409, 410, 412, 422) },
};

/** POST /serviceowner/dialogs/{dialogId}/transmissions */
export function createTransmissionRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  app.post('/dialogs/:dialogId/transmissions', { schema, attachValidation: true }, async (request, reply) => {
    const command = commandOf(request);
    const input = readBody(request, (body) => transmissionFaults(body, command.caller));
    const written = await addTransmission(dialogs, { ...command, input });
    tellWritten(reply, written, serverTiming);
    reply.header('Location', `${request.url.split('?', 1)[0]}/${written.childId}`);
    return sendId(reply, written.childId);
  });
}
