import { replaceFaults } from '../../../dialogs/dialog-rules.ts';
import { patchDialog } from '../../../dialogs/patch.ts';
import { readBody, readDocument } from '../../body.ts';
import { tellWritten } from '../../headers.ts';
import { acceptJsonPatch } from '../../parsers.ts';
import { patchBody, replaceDialogBody } from '../../schemas/dialog.ts';
import { ids, nothing, silentQuery } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { commandOf } from './command.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Change a dialog by a JSON Patch of its PUT body',
  consumes: ['application/json-patch+json', 'application/json'],
  params: ids('dialogId'),
  querystring: silentQuery,
  body: patchBody,
  response: {
    204: nothing('Changed, or nothing to change'),
    ...problems(400, 401, 403, 404, 409, 410, 412, 422),
  },
};

/** PATCH /serviceowner/dialogs/{dialogId} */
export function patchDialogRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  app.register(async (scope: TypedApp) => {
    acceptJsonPatch(scope);
    scope.patch('/dialogs/:dialogId', { schema, attachValidation: true }, async (request, reply) => {
      const command = commandOf(request);
      const operations = readBody(request, () => ({}));
      const written = await patchDialog(dialogs, {
        ...command,
        operations,
        toReplacement: (document) =>
          readDocument(request, document, {
            schema: replaceDialogBody,
            rules: (body) => replaceFaults(body, command.caller),
          }),
      });
      tellWritten(reply, written, serverTiming);
      return reply.code(204).send();
    });
  });
}
