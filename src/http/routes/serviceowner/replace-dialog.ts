import { replaceFaults } from '../../../dialogs/dialog-rules.ts';
import { replaceDialog } from '../../../dialogs/replace.ts';
import { readBody } from '../../body.ts';
import { tellWritten } from '../../headers.ts';
import { replaceDialogBody } from '../../schemas/dialog.ts';
import { ids, nothing, silentQuery } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { commandOf } from './command.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Replace a dialog; transmissions and activities are appended',
  params: ids('dialogId'),
  querystring: silentQuery,
  body: replaceDialogBody,
  response: {
    204: nothing('Replaced, or nothing to change'),
    ...problems(400, 401, 403, 404, 409, 410, 412, 422),
  },
};

/** PUT /serviceowner/dialogs/{dialogId} */
export function replaceDialogRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  app.put('/dialogs/:dialogId', { schema, attachValidation: true }, async (request, reply) => {
    const command = commandOf(request);
    const input = readBody(request, (body) => replaceFaults(body, command.caller));
    const written = await replaceDialog(dialogs, { ...command, input });
    tellWritten(reply, written, serverTiming);
    return reply.code(204).send();
  });
}
