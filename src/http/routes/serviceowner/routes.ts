import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { requireToken } from '../../require-token.ts';
import type { DialogRoutesOptions, SchemaTypes } from '../route.ts';
import { addOwnerLabelRoute } from './add-owner-label.ts';
import { bulkSetSystemLabelsRoute } from './bulk-set-system-labels.ts';
import { createActivityRoute } from './create-activity.ts';
import { createDialogRoute } from './create-dialog.ts';
import { createTransmissionRoute } from './create-transmission.ts';
import { deleteDialogRoute } from './delete-dialog.ts';
import { freezeDialogRoute } from './freeze-dialog.ts';
import { getActivitiesRoute } from './get-activities.ts';
import { getActivityRoute } from './get-activity.ts';
import { getDialogRoute } from './get-dialog.ts';
import { getOwnerLabelsRoute } from './get-owner-labels.ts';
import { getSeenEntryRoute } from './get-seen-entry.ts';
import { getSeenLogRoute } from './get-seen-log.ts';
import { getTransmissionRoute } from './get-transmission.ts';
import { getTransmissionsRoute } from './get-transmissions.ts';
import { lookUpDialogRoute } from './look-up-dialog.ts';
import { patchDialogRoute } from './patch-dialog.ts';
import { purgeDialogRoute } from './purge-dialog.ts';
import { removeOwnerLabelRoute } from './remove-owner-label.ts';
import { replaceDialogRoute } from './replace-dialog.ts';
import { replaceTransmissionRoute } from './replace-transmission.ts';
import { restoreDialogRoute } from './restore-dialog.ts';
import { retimeFormSavedRoute } from './retime-form-saved.ts';
import { SCOPES } from './scopes.ts';
import { searchDialogsRoute } from './search-dialogs.ts';
import { searchEndUserContextsRoute } from './search-end-user-contexts.ts';
import { setSystemLabelsRoute } from './set-system-labels.ts';
import { shouldSendNotificationRoute } from './should-send-notification.ts';

const ROUTES = [
  createDialogRoute,
  getDialogRoute,
  searchDialogsRoute,
  replaceDialogRoute,
  patchDialogRoute,
  deleteDialogRoute,
  restoreDialogRoute,
  purgeDialogRoute,
  freezeDialogRoute,
  createActivityRoute,
  getActivitiesRoute,
  getActivityRoute,
  retimeFormSavedRoute,
  createTransmissionRoute,
  getTransmissionsRoute,
  getTransmissionRoute,
  replaceTransmissionRoute,
  getSeenLogRoute,
  getSeenEntryRoute,
  shouldSendNotificationRoute,
  getOwnerLabelsRoute,
  addOwnerLabelRoute,
  removeOwnerLabelRoute,
  setSystemLabelsRoute,
  bulkSetSystemLabelsRoute,
  searchEndUserContextsRoute,
  lookUpDialogRoute,
];

/** Everything that a service owner's system may do. */
export function serviceownerRoutes(options: DialogRoutesOptions): FastifyPluginAsync {
  return async (scope: FastifyInstance) => {
    requireToken(scope, options.authenticate, SCOPES);
    const app = scope.withTypeProvider<SchemaTypes>();
    for (const route of ROUTES) route(app, options);
  };
}
