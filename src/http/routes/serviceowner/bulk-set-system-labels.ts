import { ownerCaller } from '../../../dialogs/caller.ts';
import { ownerLabeller } from '../../../dialogs/labeller.ts';
import { setLabelsOfSeveral } from '../../../dialogs/set-labels.ts';
import { readBody } from '../../body.ts';
import { onBehalfQuery, ownerBulkLabelWish } from '../../schemas/labels.ts';
import { nothing } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import { bulkFaults, targetsOf } from '../../../dialogs/label-targets.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const MOST_DIALOGS = 200;

const schema = {
  tags: ['serviceowner'],
  summary: 'Set and remove system labels of several dialogs: of all or of none',
  querystring: onBehalfQuery,
  body: ownerBulkLabelWish,
  response: { 204: nothing('All changed'), ...problems(400, 401, 403, 404, 409, 412, 422) },
};

/** POST /serviceowner/dialogs/endusercontext/systemlabels/actions/bulkset */
export function bulkSetSystemLabelsRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  const path = '/dialogs/endusercontext/systemlabels/actions/bulkset';
  app.post(path, { schema, attachValidation: true }, async (request, reply) => {
    const { identity, query, trace } = request;
    const { performedBy, ...body } = readBody(request, (given) => bulkFaults(given, MOST_DIALOGS));
    const asked = { caller: ownerCaller(identity), identity, endUserId: query.endUserId, performedBy };
    const labeller = await ownerLabeller(dialogs, asked);
    const targets = targetsOf(body);
    await setLabelsOfSeveral(dialogs, { labeller, wish: body, targets, trace: trace.parent });
    return reply.code(204).send();
  });
}
