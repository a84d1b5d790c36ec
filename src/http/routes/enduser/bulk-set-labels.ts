import { endUserLabeller } from '../../../dialogs/labeller.ts';
import { setLabelsOfSeveral } from '../../../dialogs/set-labels.ts';
import { readBody } from '../../body.ts';
import { bulkLabelWish } from '../../schemas/labels.ts';
import { nothing } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import { bulkFaults, END_USER_BULK_MOST, targetsOf } from '../../../dialogs/label-targets.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';

const schema = {
  tags: ['enduser'],
  summary: 'Set and remove system labels of several dialogs: of all or of none',
  body: bulkLabelWish,
  response: { 204: nothing('All changed'), ...problems(400, 401, 403, 404, 409, 412, 422) },
};

/** POST /enduser/dialogs/context/systemlabels/actions/bulkset */
export function bulkSetLabelsRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  const path = '/dialogs/context/systemlabels/actions/bulkset';
  app.post(path, { schema, attachValidation: true }, async (request, reply) => {
    const body = readBody(request, (given) => bulkFaults(given, END_USER_BULK_MOST));
    const labeller = await endUserLabeller(dialogs, request.identity);
    const trace = request.trace.parent;
    await setLabelsOfSeveral(dialogs, { labeller, wish: body, targets: targetsOf(body), trace });
    return reply.code(204).send();
  });
}
