import { ownerCaller } from '../../../dialogs/caller.ts';
import { ownerLabeller } from '../../../dialogs/labeller.ts';
import { wishFaults } from '../../../dialogs/labels.ts';
import { setLabels } from '../../../dialogs/set-labels.ts';
import { readBody } from '../../body.ts';
import { readIfMatch, tellWritten } from '../../headers.ts';
import { onBehalfQuery, ownerLabelWish } from '../../schemas/labels.ts';
import { ids, nothing } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['serviceowner'],
  summary: 'Set and remove system labels on behalf of an end user; If-Match means the end-user context',
  params: ids('dialogId'),
  querystring: onBehalfQuery,
  body: ownerLabelWish,
  response: {
    204: nothing('Changed, or nothing to change'),
    ...problems(400, 401, 403, 404, 409, 410, 412, 422),
  },
};

/** PUT /serviceowner/dialogs/{dialogId}/endusercontext/systemlabels */
export function setSystemLabelsRoute(app: TypedApp, { dialogs, serverTiming }: DialogRoutesOptions): void {
  const path = '/dialogs/:dialogId/endusercontext/systemlabels';
  app.put(path, { schema, attachValidation: true }, async (request, reply) => {
    const { identity, params, query, headers, trace } = request;
    const { performedBy, ...wish } = readBody(request, wishFaults);
    const target = { id: params.dialogId.toLowerCase(), ifMatch: readIfMatch(headers['if-match']) };
    const asked = { caller: ownerCaller(identity), identity, endUserId: query.endUserId, performedBy };
    const labeller = await ownerLabeller(dialogs, asked);
    const written = await setLabels(dialogs, { labeller, wish, target, trace: trace.parent });
    tellWritten(reply, written, serverTiming);
    return reply.code(204).send();
  });
}
