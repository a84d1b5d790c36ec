import { ownerLabelFaults } from '../../../dialogs/owner-label-rules.ts';
import { addOwnerLabel } from '../../../dialogs/owner-labels.ts';
import { readBody } from '../../body.ts';
import { tellWritten } from '../../headers.ts';
import { ownerLabel } from '../../schemas/labels.ts';
import { ids, nothing } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { changeOf } from './command.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Add a label of the service owner; If-Match means the revision of its context',
  params: ids('dialogId'),
  body: ownerLabel,
  response: { 204: nothing('Added'), ...problems(400, 401, 403, 404, 409, 410, 412) },
};

/** POST /serviceowner/dialogs/{dialogId}/context/labels */
export function addOwnerLabelRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  const path = '/dialogs/:dialogId/context/labels';
  app.post(path, { schema, attachValidation: true }, async (request, reply) => {
    const { value } = readBody(request, ownerLabelFaults);
    const change = changeOf(request);
    tellWritten(reply, await addOwnerLabel(dialogs, { ...change, label: value }), serverTiming);
    return reply.code(204).send();
  });
}
