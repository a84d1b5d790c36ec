import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { END_USER_SCOPES } from '../../../dialogs/caller.ts';
import { requireToken } from '../../require-token.ts';
import type { DialogRoutesOptions, SchemaTypes } from '../route.ts';
import { bulkSetLabelsRoute } from './bulk-set-labels.ts';
import { getActivitiesRoute } from './get-activities.ts';
import { getActivityRoute } from './get-activity.ts';
import { getDialogRoute } from './get-dialog.ts';
import { getLabelLogRoute } from './get-label-log.ts';
import { getPartiesRoute } from './get-parties.ts';
import { getSeenEntryRoute } from './get-seen-entry.ts';
import { getSeenLogRoute } from './get-seen-log.ts';
import { getServiceResourcesRoute } from './get-service-resources.ts';
import { getTransmissionRoute } from './get-transmission.ts';
import { getTransmissionsRoute } from './get-transmissions.ts';
import { lookUpDialogRoute } from './look-up-dialog.ts';
import { searchDialogsRoute } from './search-dialogs.ts';
import { setLabelsRoute } from './set-labels.ts';

const ROUTES = [
  getDialogRoute,
  searchDialogsRoute,
  getActivitiesRoute,
  getActivityRoute,
  getTransmissionsRoute,
  getTransmissionRoute,
  getSeenLogRoute,
  getSeenEntryRoute,
  setLabelsRoute,
  bulkSetLabelsRoute,
  getLabelLogRoute,
  lookUpDialogRoute,
  getPartiesRoute,
  getServiceResourcesRoute,
];

/** Everything that a person, or a system user for them, may do. */
export function enduserRoutes(options: DialogRoutesOptions): FastifyPluginAsync {
  return async (scope: FastifyInstance) => {
    requireToken(scope, options.authenticate, END_USER_SCOPES);
    const app = scope.withTypeProvider<SchemaTypes>();
    for (const route of ROUTES) route(app, options);
  };
}
