import { Type } from 'typebox';
import { removeOwnerLabel } from '../../../dialogs/owner-labels.ts';
import { tellWritten } from '../../headers.ts';
import { nothing, uuid } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { changeOf } from './command.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Remove a label of the service owner; If-Match means the revision of its context',
  params: Type.Object({ dialogId: uuid(), label: Type.String() }),
  response: { 204: nothing('Removed'), ...problems(400, 401, 403, 404, 409, 410, 412) },
};

/** DELETE /serviceowner/dialogs/{dialogId}/context/labels/{label} */
export function removeOwnerLabelRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  app.delete('/dialogs/:dialogId/context/labels/:label', { schema }, async (request, reply) => {
    const change = changeOf(request);
    const { label } = request.params;
    tellWritten(reply, await removeOwnerLabel(dialogs, { ...change, label }), serverTiming);
    return reply.code(204).send();
  });
}
