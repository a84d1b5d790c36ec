import { transmissionFaults } from '../../../dialogs/append.ts';
import { reviseTransmission } from '../../../dialogs/revise-transmission.ts';
import { readBody } from '../../body.ts';
import { tellWritten } from '../../headers.ts';
import { transmissionReplacement } from '../../schemas/children.ts';
import { ids, nothing, silentQuery } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { commandOf } from './command.ts';
import { CHANGE_TRANSMISSIONS_SCOPES } from './scopes.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Replace a transmission',
  params: ids('dialogId', 'transmissionId'),
  querystring: silentQuery,
  body: transmissionReplacement,
  response: {
    204: nothing('Replaced, or nothing to replace'),
    ...problems(400, 401, 403, 404, 409, 410, 412, 422),
  },
};

const options = { schema, attachValidation: true, config: { scopes: CHANGE_TRANSMISSIONS_SCOPES } };

/** PUT /serviceowner/dialogs/{dialogId}/transmissions/{transmissionId} */
export function replaceTransmissionRoute(
  app: TypedApp,
  { dialogs, serverTiming }: DialogRoutesOptions,
): void {
  app.put('/dialogs/:dialogId/transmissions/:transmissionId', options, async (request, reply) => {
    const command = commandOf(request);
    const body = readBody(request, (input) => transmissionFaults(input, command.caller));
    const { isSilentUpdate = false, ...input } = body;
    const written = await reviseTransmission(dialogs, {
      ...command,
      silent: command.silent || isSilentUpdate,
      transmissionId: request.params.transmissionId.toLowerCase(),
      input,
    });
    tellWritten(reply, written, serverTiming);
    return reply.code(204).send();
  });
}
