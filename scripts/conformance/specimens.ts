import { activity, newId, replacement, smallDialog, transmission } from './bodies.ts';
import { DIALOG, END_USER } from './paths.ts';
import type { Ask } from './session.ts';
import type { World } from './world.ts';

/** The world, with an entry of the seen log of its dialog. */
export type SeenWorld = World & { readonly seenLogId: string };

type Asks = Readonly<Record<string, Ask>>;

/** For each operation that may be refused a request that would not be: it is then sent with one thing wrong. */
export function specimensOf(world: SeenWorld): Asks {
  return { ...readings(world), ...searches(world), ...commands(world), ...labellings(world) };
}

function readings({ dialogId, whole, seenLogId }: SeenWorld): Asks {
  const params = { dialogId };
  const [{ id: activityId }] = whole.activities;
  const [{ id: transmissionId }] = whole.transmissions;
  const sides = [
    [DIALOG, 'owner'],
    [END_USER, 'user'],
  ] as const;
  const both = sides.flatMap(([path, as]): [string, Ask][] => [
    [`GET ${path}`, { as, params }],
    [`GET ${path}/activities`, { as, params }],
    [`GET ${path}/activities/{activityId}`, { as, params: { dialogId, activityId } }],
    [`GET ${path}/transmissions`, { as, params }],
    [`GET ${path}/transmissions/{transmissionId}`, { as, params: { dialogId, transmissionId } }],
    [`GET ${path}/seenlog`, { as, params }],
    [`GET ${path}/seenlog/{seenLogId}`, { as, params: { dialogId, seenLogId } }],
  ]);
  return { ...Object.fromEntries(both), [`GET ${END_USER}/context/labellog`]: { as: 'user', params } };
}

function searches({ dialogId, target, instanceRef }: SeenWorld): Asks {
  const query = { party: [target.party] };
  const condition = { conditionType: 'Exists', activityType: 'FormSaved' };
  return {
    'GET /enduser/dialogs': { as: 'user', query },
    'GET /serviceowner/dialogs': { as: 'owner', query },
    'GET /serviceowner/dialogs/endusercontext': { as: 'owner', query },
    'GET /enduser/dialoglookup': { as: 'user', query: { instanceRef } },
    'GET /serviceowner/dialoglookup': { as: 'owner', query: { instanceRef } },
    'GET /enduser/parties': { as: 'user' },
    'GET /enduser/serviceresources': { as: 'user' },
    [`GET ${DIALOG}/actions/should-send-notification`]: {
      ...{ as: 'notifier', params: { dialogId }, query: condition },
    },
  };
}

function commands({ dialogId, target, whole }: SeenWorld): Asks {
  const params = { dialogId };
  const [{ id: transmissionId }] = whole.transmissions;
  const { id: _, ...mended } = transmission(target);
  return {
    'POST /serviceowner/dialogs': { as: 'owner', body: smallDialog(target) },
    [`PUT ${DIALOG}`]: { as: 'owner', params, body: replacement(target) },
    [`PATCH ${DIALOG}`]: { as: 'owner', params, body: [{ op: 'replace', path: '/progress', value: 7 }] },
    [`DELETE ${DIALOG}`]: { as: 'owner', params },
    [`POST ${DIALOG}/actions/freeze`]: { as: 'admin', params },
    [`POST ${DIALOG}/actions/purge`]: { as: 'owner', params },
    [`POST ${DIALOG}/actions/restore`]: { as: 'owner', params },
    [`POST ${DIALOG}/activities`]: { as: 'owner', params, body: activity(target) },
    [`POST ${DIALOG}/transmissions`]: { as: 'owner', params, body: transmission(target) },
    [`PUT ${DIALOG}/transmissions/{transmissionId}`]: {
      ...{ as: 'owner', params: { dialogId, transmissionId }, body: mended },
    },
  };
}

function labellings({ dialogId, person, whole }: SeenWorld): Asks {
  const params = { dialogId };
  const query = { enduserId: person };
  const body = { addLabels: ['Archive'] };
  const label = whole.serviceOwnerContext.serviceOwnerLabels[0]!.value;
  const several = { ...body, dialogs: [{ dialogId }] };
  return {
    [`PUT ${END_USER}/context/systemlabels`]: { as: 'user', params, body },
    'POST /enduser/dialogs/context/systemlabels/actions/bulkset': { as: 'user', body: several },
    [`PUT ${DIALOG}/endusercontext/systemlabels`]: { as: 'owner', params, query, body },
    'POST /serviceowner/dialogs/endusercontext/systemlabels/actions/bulkset': {
      ...{ as: 'owner', query, body: several },
    },
    [`GET ${DIALOG}/context/labels`]: { as: 'owner', params },
    [`POST ${DIALOG}/context/labels`]: { as: 'owner', params, body: { value: `merke ${newId()}` } },
    [`DELETE ${DIALOG}/context/labels/{label}`]: { as: 'owner', params: { dialogId, label } },
  };
}
