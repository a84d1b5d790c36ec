import { ownerCaller } from '../../../dialogs/caller.ts';
import { createDialog } from '../../../dialogs/create.ts';
import { createFaults } from '../../../dialogs/dialog-rules.ts';
import { readBody } from '../../body.ts';
import { sendId, tellWritten } from '../../headers.ts';
import { createDialogBody } from '../../schemas/dialog.ts';
import { createdId, silentQuery } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Create a dialog',
  querystring: silentQuery,
  body: createDialogBody,
  response: { 201: createdId, ...problems(400, 401, 403, 409, 422) },
};

/** POST /serviceowner/dialogs */
export function createDialogRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  app.post('/dialogs', { schema, attachValidation: true }, async (request, reply) => {
    const caller = ownerCaller(request.identity);
    const input = readBody(request, (body) => createFaults(body, caller));
    const silent = request.query.isSilentUpdate ?? false;
    const written = await createDialog(dialogs, { caller, input, silent, trace: request.trace.parent });
    tellWritten(reply, written, serverTiming);
    reply.header('Location', `${request.url.split('?', 1)[0]}/${written.id}`);
    return sendId(reply, written.id);
  });
}
