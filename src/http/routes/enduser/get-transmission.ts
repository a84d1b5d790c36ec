import { transmissionView } from '../../../dialogs/end-user-view.ts';
import { findForEndUser } from '../../../dialogs/get-for-end-user.ts';
import { inLanguage, pick } from '../../../dialogs/parts.ts';
import { endUserTransmission } from '../../schemas/children.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { queryOf } from './query.ts';

const schema = {
  tags: ['enduser'],
  summary: 'Get a transmission',
  params: ids('dialogId', 'transmissionId'),
  response: { 200: endUserTransmission, ...problems(400, 401, 403, 404, 410) },
};

/** GET /enduser/dialogs/{dialogId}/transmissions/{transmissionId} */
export function getTransmissionRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/transmissions/:transmissionId', { schema }, async (request) => {
    const { dialog, viewer } = await findForEndUser(dialogs, queryOf(request));
    return inLanguage(
      transmissionView(pick(dialog.transmissions, request.params.transmissionId), viewer),
      viewer,
    );
  });
}
