import { Type } from 'typebox';
import { transmissionView } from '../../../dialogs/end-user-view.ts';
import { findForEndUser } from '../../../dialogs/get-for-end-user.ts';
import { inLanguage } from '../../../dialogs/parts.ts';
import { endUserTransmission } from '../../schemas/children.ts';
import { ids } from '../../schemas/primitives.ts';
import { problems } from '../../schemas/problem.ts';
import type { DialogRoutesOptions, TypedApp } from '../route.ts';
import { queryOf } from './query.ts';

const schema = {
  tags: ['enduser'],
  summary: 'List the transmissions of a dialog',
  params: ids('dialogId'),
  response: { 200: Type.Array(endUserTransmission), ...problems(400, 401, 403, 404, 410) },
};

/** GET /enduser/dialogs/{dialogId}/transmissions */
export function getTransmissionsRoute(app: TypedApp, { dialogs }: DialogRoutesOptions): void {
  app.get('/dialogs/:dialogId/transmissions', { schema }, async (request) => {
    const { dialog, viewer } = await findForEndUser(dialogs, queryOf(request));
    return dialog.transmissions.map((each) => inLanguage(transmissionView(each, viewer), viewer));
  });
}
