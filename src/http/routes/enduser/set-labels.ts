import { endUserLabeller } from '../../../dialogs/labeller.ts';
import { wishFaults } from '../../../dialogs/labels.ts';
import { setLabels } from '../../../dialogs/set-labels.ts';
import { readBody } from '../../body.ts';
import { readIfMatch, tellWritten } from '../../headers.ts';
import { labelWish } from '../../schemas/labels.ts';
import { ids, nothing } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['enduser'],
  summary: 'Set and remove system labels of a dialog; If-Match means the revision of its end-user context',
  params: ids('dialogId'),
  body: labelWish,
  response: {
    204: nothing('Changed, or nothing to change'),
    ...problems(400, 401, 403, 404, 409, 410, 412, 422),
  },
};

/** PUT /enduser/dialogs/{dialogId}/context/systemlabels */
export function setLabelsRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  const path = '/dialogs/:dialogId/context/systemlabels';
  app.put(path, { schema, attachValidation: true }, async (request, reply) => {
    const { identity, params, headers, trace } = request;
    const wish = readBody(request, wishFaults);
    const target = { id: params.dialogId.toLowerCase(), ifMatch: readIfMatch(headers['if-match']) };
    const labeller = await endUserLabeller(dialogs, identity);
    const written = await setLabels(dialogs, { labeller, wish, target, trace: trace.parent });
    tellWritten(reply, written, serverTiming);
    return reply.code(204).send();
  });
}
