import { type Receiver } from '../../support/receiver.ts';
import { StreamClient } from '../../support/sse.ts';
import { until } from '../../support/until.ts';
import { type Caller, faulty } from './callers.ts';
import { call, fetchToken, type System } from './system.ts';
import type { Variant } from './variants.ts';
import { DIALOGS, type DialogName, PARTIES } from './who.ts';

/** A variant with everything in place: dialogs, subscriptions and streams, made while everybody was let in. */
export interface Stage extends AsyncDisposable {
  readonly system: System;
  readonly receiver: Receiver;
  readonly variant: Variant;
  /** Token of the service owner whose dialogs they are. */
  readonly owner: string;
  readonly dialogs: ReadonlyMap<DialogName, string>;
  /** Id and path at the receiver, by who. */
  readonly subscriptions: ReadonlyMap<string, { readonly id: number; readonly path: string }>;
  /** By who; undefined for whom the stream was refused. */
  readonly streams: ReadonlyMap<string, StreamClient | undefined>;
}

export interface Ground {
  readonly system: System;
  readonly receiver: Receiver;
  readonly callers: ReadonlyMap<string, Caller>;
}

export const OWNER_DIALOGS = '/dialogporten/api/v1/serviceowner/dialogs';
export const USER_DIALOGS = '/dialogporten/api/v1/enduser/dialogs';
const SUBSCRIPTIONS = '/events/api/v1/subscriptions';
/** The title of every dialog; a list shows it to those only who may read the dialog. */
export const TITLE = 'Det det gjelder';

/** Sets the stage while the registry is open. */
export async function setStage(ground: Ground, variant: Variant): Promise<Stage> {
  const { system, receiver, callers } = ground;
  const owner = await fetchToken(system, 'GetEnterpriseToken', {
    ...{ org: 'ttd', orgNo: '991825827' },
    scopes: 'digdir:dialogporten.serviceprovider',
  });
  const dialogs = new Map<DialogName, string>();
  for (const name of DIALOGS) dialogs.set(name, await createDialog(system, owner, { variant, name }));
  const of = (column: string) =>
    variant.cells.filter((cell) => cell.column === column).map((cell) => callers.get(cell.who)!);
  const standing = { system, receiver, variant, owner, dialogs };
  const subscriptions = await collect(of('deliver'), (caller) => subscribe(standing, caller));
  const streams = await collect(of('live'), (caller) => openStream(standing, caller));
  return {
    ...{ ...standing, subscriptions, streams },
    [Symbol.asyncDispose]: async () => {
      for (const stream of streams.values()) await stream?.[Symbol.asyncDispose]();
    },
  };
}

type Standing = Pick<Stage, 'system' | 'receiver' | 'variant' | 'owner' | 'dialogs'>;

async function collect<T>(
  callers: readonly Caller[],
  make: (caller: Caller) => Promise<T>,
): Promise<Map<string, T>> {
  return new Map(
    await Promise.all(callers.map(async (caller) => [caller.name, await make(caller)] as const)),
  );
}

async function createDialog(
  system: System,
  owner: string,
  { variant, name }: { variant: Variant; name: DialogName },
): Promise<string> {
  const body = {
    serviceResource: variant.urn,
    party: PARTIES[name],
    content: { title: text(TITLE), nonSensitiveTitle: text('At den finnes') },
    ...(name === 'held' && { visibleFrom: '2099-01-01T00:00:00Z' }),
  };
  const { status, body: id } = await call(system, owner, { method: 'POST', path: OWNER_DIALOGS, body });
  if (status !== 201) throw new Error(`a dialog of ${variant.resource} was refused: ${status}`);
  return id as string;
}

function text(value: string) {
  return { value: [{ languageCode: 'nb', value }] };
}

/** The request by which a caller of the tables subscribes. */
export function subscription(stage: Standing, { who }: Caller, path: string) {
  const body = {
    endPoint: stage.receiver.url(path),
    resourceFilter: stage.variant.urn,
    subjectFilter: PARTIES[who.dialog],
  };
  return { method: 'POST', path: SUBSCRIPTIONS, body };
}

async function subscribe(stage: Standing, caller: Caller): Promise<{ id: number; path: string }> {
  const path = `/${stage.variant.resource}/${encodeURIComponent(caller.name)}`;
  const { status, body } = await call(stage.system, caller.soundToken, subscription(stage, caller, path));
  if (status !== 201) throw new Error(`${caller.name} could not subscribe: ${status}`);
  const { id } = body as { id: number };
  await until(`the subscription of ${caller.name} is validated`, async () => {
    const read = await call(stage.system, caller.soundToken, { path: `${SUBSCRIPTIONS}/${id}` });
    return (read.body as { validated: boolean }).validated;
  });
  return { id, path };
}

async function openStream(stage: Standing, caller: Caller): Promise<StreamClient | undefined> {
  const { system, dialogs } = stage;
  const { fault, dialog } = caller.who;
  const id = dialogs.get(dialog);
  const opened = dialogs.get(fault === 'of another dialog' ? 'second' : dialog);
  const { status, body } = await call(system, caller.soundToken, { path: `${USER_DIALOGS}/${opened}` });
  if (status !== 200) throw new Error(`${caller.name} could not read the dialog: ${status}`);
  const { dialogToken } = body as { dialogToken: string };
  const request = {
    token: await faulty(caller.who, dialogToken),
    query: `subscription { dialogEvents(dialogId: "${id}") { id type } }`,
  };
  return StreamClient.open(`${system.base}/dialogporten/graphql`, request).catch((refused: Error) => {
    if (refused.message.startsWith('401')) return undefined;
    throw refused;
  });
}
