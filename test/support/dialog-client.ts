import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Identity } from '../../src/access/ports.ts';
import { createApp } from '../../src/http/app.ts';
import type { Authenticate } from '../../src/http/authenticate.ts';
import { Failure } from '../../src/lib/errors.ts';
import { type Log, openLog } from '../../src/lib/log.ts';
import {
  CORRESPONDENCE,
  type DialogsUnderTest,
  OTHER_OWNER,
  OWNER,
  openDialogs,
  PARTY,
  READER,
  RESOURCE,
  SECOND_READER,
  STRANGER,
} from './dialogs.ts';

import { systemUser } from './identities.ts';

const PROVIDER = 'digdir:dialogporten.serviceprovider';
const SEARCH = `${PROVIDER}.search`;
const END_USER = 'digdir:dialogporten';

/** Whom a bearer token of the tests stands for. */
const IDENTITIES = {
  owner: OWNER.identity(PROVIDER),
  searcher: OWNER.identity(SEARCH),
  admin: OWNER.identity(PROVIDER, `${PROVIDER}.admin`),
  mender: OWNER.identity(PROVIDER, `${PROVIDER}.changetransmissions`),
  notifier: OTHER_OWNER.identity('altinn:system/notifications.condition.check'),
  letters: OWNER.identity(PROVIDER, `${PROVIDER}.correspondence`),
  otherOwner: OTHER_OWNER.identity(PROVIDER.toUpperCase(), SEARCH),
  reader: READER.identity(END_USER),
  secondReader: SECOND_READER.identity(END_USER),
  stranger: STRANGER.identity(END_USER),
  system: systemUser().identity(END_USER),
  nobody: { scopes: [END_USER, PROVIDER], level: 3 },
} satisfies Record<string, Identity>;

export type Name = keyof typeof IDENTITIES;

export interface Answer<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON. */
  readonly body: Body;
}

export interface Asked {
  readonly as?: Name;
  readonly body?: unknown;
  /** Sent as it is, instead of a body. */
  readonly raw?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The REST edge on a port of its own, and a client that speaks to it. */
export interface AppUnderTest extends DialogsUnderTest {
  readonly app: FastifyInstance;
  readonly origin: string;
  /** `as` the service owner unless the path is an end user's. */
  send<Body = unknown>(method: string, path: string, asked?: Asked): Promise<Answer<Body>>;
}

export interface AppSettings {
  readonly log?: Log;
  /** Further routes beside those of dialogs, for the same callers. */
  readonly routes?: (app: FastifyInstance, shared: Shared) => unknown;
}

export interface Shared {
  readonly under: DialogsUnderTest;
  readonly authenticate: Authenticate;
}

export async function openApp({ log, routes }: AppSettings = {}): Promise<AppUnderTest> {
  const under = await openDialogs();
  const authenticate: Authenticate = async (headers) => ({
    identity: identityOf(headers.authorization),
    consumer: undefined,
  });
  const app = createApp({
    dialogs: under.dialogs,
    authenticate,
    log: log ?? openLog({ level: 'silent' }),
    bodyLimit: 1_000_000,
    serverTiming: true,
  });
  await routes?.(app, { under, authenticate });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    ...under,
    app,
    origin,
    send: (method, path, asked = {}) => send(origin, { method, path, asked }),
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await under[Symbol.asyncDispose]();
    },
  };
}

function identityOf(authorization: string | undefined): Identity {
  const name = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
  if (name === undefined) throw new Failure('token-missing');
  const identity = (IDENTITIES as Record<string, Identity>)[name];
  if (!identity) throw new Failure('token-refused');
  return identity;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly asked: Asked;
}

async function send<Body>(origin: string, { method, path, asked }: Sent): Promise<Answer<Body>> {
  const { as = path.startsWith('/enduser') ? 'reader' : 'owner', body, raw, headers } = asked;
  const url = /^\/(openapi|dialogporten)/.test(path) ? path : `/dialogporten/api/v1${path}`;
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(origin + url, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      ...(content !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(content !== undefined && { body: content }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    headers: response.headers,
    body: (json && text !== '' ? JSON.parse(text) : text) as Body,
  };
}

/** The smallest body of a create, and what goes over it. */
export function dialogBody(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { serviceResource: RESOURCE, party: PARTY, content: { title: plain('Skattemelding') }, ...more };
}

export function letterBody(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return dialogBody({ serviceResource: CORRESPONDENCE, ...more });
}

export function plain(value: string, languageCode = 'nb') {
  return { mediaType: 'text/plain', value: [{ languageCode, value }] };
}

/** Creates a dialog and gives its id. */
export async function create(
  app: AppUnderTest,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { status, body } = await app.send<string>('POST', '/serviceowner/dialogs', {
    body: dialogBody(more),
  });
  if (status !== 201) throw new Error(`the dialog was not created: ${status} ${JSON.stringify(body)}`);
  return body;
}
