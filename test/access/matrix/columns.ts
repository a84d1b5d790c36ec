import { randomUUID } from 'node:crypto';
import { sql } from '../../../src/db/database.ts';
import { until } from '../../support/until.ts';
import type { Caller } from './callers.ts';
import { OWNER_DIALOGS, type Stage, subscription, TITLE, USER_DIALOGS } from './stage.ts';
import { type Answer, call } from './system.ts';
import type { Column } from './table.ts';
import { PARTIES } from './who.ts';

/** Does what the column says on behalf of the caller; whether it was granted. */
export type Try = (stage: Stage, caller: Caller) => Promise<boolean>;

const UPDATED = 'dialogporten.dialog.updated.v1';

/** How each column is tried. `deliver` and `poll` are about the last update of the dialog, `live` about its deletion. */
export const TRIES: Readonly<Record<Column, Try>> = {
  publish,
  subscribe,
  deliver,
  poll,
  get,
  lookup,
  label,
  search,
  graphql,
  live,
};

async function publish(stage: Stage, caller: Caller): Promise<boolean> {
  const { resource, urn } = stage.variant;
  if (resource.startsWith('app_')) return publishAsApp(stage, caller);
  const body = {
    ...{ specversion: '1.0', id: randomUUID(), type: 'matrix.noted', source: 'https://example.com/matrix' },
    ...{ resource: urn, subject: PARTIES[caller.who.dialog] },
  };
  const type = 'application/cloudevents+json';
  const path = '/events/api/v1/events';
  return isGranted(await call(stage.system, caller.token, { method: 'POST', path, body, type }), 200);
}

async function publishAsApp(stage: Stage, { token, platformToken }: Caller): Promise<boolean> {
  const [, org, app] = stage.variant.resource.split('_');
  const instance = `50000001/${randomUUID()}`;
  const body = {
    source: `https://${org}.apps.altinn.no/${org}/${app}/instances/${instance}`,
    ...{ specversion: '1.0', type: 'app.instance.created', subject: '/party/50000001' },
  };
  const headers = platformToken === undefined ? {} : { PlatformAccessToken: platformToken };
  const path = '/events/api/v1/app';
  return isGranted(await call(stage.system, token, { method: 'POST', path, body, headers }), 201);
}

async function subscribe(stage: Stage, caller: Caller): Promise<boolean> {
  const path = `/unused/${randomUUID()}`;
  return isGranted(await call(stage.system, caller.token, subscription(stage, caller, path)), 201);
}

async function get({ system, dialogs }: Stage, { who, token }: Caller): Promise<boolean> {
  const path = `${edgeOf(who)}/${dialogs.get(who.dialog)}`;
  return isGranted(await call(system, token, { path }), 200);
}

/** Whoever may know of the dialog, but not at this level, is answered without its title. */
async function lookup({ system, dialogs }: Stage, { who, token }: Caller): Promise<boolean> {
  const query = new URLSearchParams({ instanceRef: `urn:altinn:dialog-id:${dialogs.get(who.dialog)}` });
  const path = `${edgeOf(who).replace(/dialogs$/, 'dialoglookup')}?${query.toString()}`;
  const answer = await call(system, token, { path });
  return isGranted(answer, 200) && JSON.stringify(answer.body).includes(TITLE);
}

/** Where an end user keeps the dialog. */
async function label({ system, dialogs }: Stage, { who, token }: Caller): Promise<boolean> {
  const path = `${USER_DIALOGS}/${dialogs.get(who.dialog)}/context/systemlabels`;
  const body = { addLabels: ['Archive'] };
  return isGranted(await call(system, token, { method: 'PUT', path, body }), 204);
}

/** A dialog of which only that it is there may be known stands in the list without its title. */
async function search({ system, variant, dialogs }: Stage, { who, token }: Caller): Promise<boolean> {
  const query = new URLSearchParams({ party: PARTIES[who.dialog], serviceResource: variant.urn });
  const answer = await call(system, token, { path: `${edgeOf(who)}?${query.toString()}` });
  if (!isGranted(answer, 200)) return false;
  const { items } = answer.body as { items: readonly { readonly id: string }[] };
  return items.some((item) => item.id === dialogs.get(who.dialog) && JSON.stringify(item).includes(TITLE));
}

/** The dialog by its id; the other queries and mutations of end users ask the same rooms as REST does. */
async function graphql({ system, dialogs }: Stage, { who, token }: Caller): Promise<boolean> {
  const query =
    'query ($id: UUID!) { dialogById(dialogId: $id) { dialog { dialogToken } errors { __typename } } }';
  const body = { query, variables: { id: dialogs.get(who.dialog) } };
  const answer = await call(system, token, { method: 'POST', path: '/dialogporten/graphql', body });
  if (!isGranted(answer, 200)) return false;
  const { data } = answer.body as { data?: { dialogById?: { dialog?: object | null } } };
  return (data?.dialogById?.dialog ?? null) !== null;
}

async function poll(stage: Stage, { who, token }: Caller): Promise<boolean> {
  const query = new URLSearchParams({ after: '0', size: '1000', type: UPDATED });
  query.append('resource', stage.variant.urn);
  query.append('subject', PARTIES[who.dialog]);
  const answer = await call(stage.system, token, { path: `/events/api/v1/events?${query.toString()}` });
  if (!isGranted(answer, 200)) return false;
  const { id } = await lastUpdate(stage, who.dialog);
  return (answer.body as readonly { readonly id: string }[]).some((event) => event.id === id);
}

async function deliver(stage: Stage, { name, who }: Caller): Promise<boolean> {
  const { id: subscriber, path } = stage.subscriptions.get(name)!;
  const { id, position } = await lastUpdate(stage, who.dialog);
  await until(`the update for ${name} is settled`, async () => {
    const [row] = await stage.system.database.query<{ settled: boolean }>(SETTLED, [subscriber, position]);
    return row?.settled;
  });
  return stage.receiver.events(path).some((event) => event['id'] === id);
}

async function live({ streams, dialogs }: Stage, { name, who }: Caller): Promise<boolean> {
  const stream = streams.get(name);
  if (!stream) return false;
  const tells = () => stream.messages.some(({ data }) => data.includes('DIALOG_DELETED'));
  const ends = () => stream.messages.some(({ event }) => event === 'complete');
  await until(`the stream of ${name} for ${dialogs.get(who.dialog)} tells or ends`, () => tells() || ends());
  return tells();
}

// Settled one by one, or passed by the cursor of its lane or its own.
const SETTLED = sql(
  'test.settled',
  `SELECT EXISTS (SELECT FROM delivery_log d WHERE d.subscription = s.id AND $2::bigint = ANY (d.positions))
          OR coalesce(o.position, l.cursor) >= $2::bigint AS settled
     FROM subscription s JOIN lane l ON l.lane = s.lane LEFT JOIN own_position o ON o.subscription = s.id
    WHERE s.id = $1`,
);

const LAST_UPDATE = sql(
  'test.last-update',
  'SELECT id, position FROM event WHERE resource_instance = $1 AND type = $2 ORDER BY position DESC LIMIT 1',
);

async function lastUpdate(
  stage: Stage,
  dialog: Caller['who']['dialog'],
): Promise<{ id: string; position: string }> {
  const asked = [stage.dialogs.get(dialog), UPDATED];
  const [row] = await stage.system.database.query<{ id: string; position: string }>(LAST_UPDATE, asked);
  if (!row) throw new Error(`the dialog ${dialog} has not been updated`);
  return row;
}

function edgeOf({ isServiceOwner }: Caller['who']): string {
  return isServiceOwner ? OWNER_DIALOGS : USER_DIALOGS;
}

function isGranted({ status, body }: Answer, granted: number): boolean {
  if (status === granted) return true;
  if ([401, 403, 404].includes(status)) return false;
  throw new Error(`answered with ${status}: ${JSON.stringify(body)}`);
}
