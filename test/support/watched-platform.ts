import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from './platform.ts';
import type { ArrivedEvent } from './cloud-events.ts';
import { Receiver } from './receiver.ts';
import { until } from './until.ts';

const PROVIDER = 'digdir:dialogporten.serviceprovider';
const SYSTEM_USER = { systemUserId: '0d9b6f3e-6c55-4b0a-9c6e-2f1d7a9be001', systemUserOrg: '310923044' };
const DIALOGS = { owner: '/serviceowner/dialogs', manager: '/enduser/dialogs', system: '/enduser/dialogs' };

export const SYSTEM_USER_URN = `urn:altinn:systemuser:uuid:${SYSTEM_USER.systemUserId}`;
export const MANAGER_URN = `urn:altinn:person:identifier-no:${MANAGER}`;

/** The service owner's system, a manager of the company, and a system user of the company. */
export type Actor = keyof typeof DIALOGS;

export interface Reply<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** A whole system, spoken to over HTTP alone, whose events are watched in the feed and by a webhook. */
export interface WatchedPlatform extends AsyncDisposable {
  readonly platform: TestPlatform;
  readonly receiver: Receiver;
  /** A request about dialogs: `send('owner', 'POST', '/{id}/transmissions', body)`. */
  send<Body = unknown>(actor: Actor, method: string, path: string, body?: unknown): Promise<Reply<Body>>;
  create(more?: object, query?: string): Promise<string>;
  /** The events of one dialog as the feed gives them to the manager. */
  events(dialog: string): Promise<ArrivedEvent[]>;
  /** Their types without what they have in common: `created`, `activity.closed`. */
  told(dialog: string): Promise<string[]>;
  token(actor: Actor): string;
}

export async function openWatchedPlatform(): Promise<WatchedPlatform> {
  const platform = await startTestPlatform();
  const receiver = await Receiver.open();
  const tokens: Record<Actor, string> = {
    owner: await platform.token('GetEnterpriseToken', {
      ...TTD,
      scopes: `${PROVIDER} ${PROVIDER}.correspondence`,
    }),
    manager: await platform.token('GetPersonalToken', {
      pid: MANAGER,
      scopes: 'digdir:dialogporten altinn:events.subscribe',
    }),
    system: await platform.token('GetSystemUserToken', { ...SYSTEM_USER, scopes: 'digdir:dialogporten' }),
  };
  const send: WatchedPlatform['send'] = async (actor, method, path, body) => {
    const url = `/dialogporten/api/v1${DIALOGS[actor]}${path}`;
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const answer = await platform.call(tokens[actor], url, init);
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
  const events = async (dialog: string): Promise<ArrivedEvent[]> =>
    (await feed(platform, tokens.manager)).filter((event) => event['resourceinstance'] === dialog);
  await subscribe(platform, { token: tokens.manager, endPoint: receiver.url() });
  return {
    ...{ platform, receiver, send, events },
    create: async (more = {}, query = '') => {
      const { status, body } = await send<string>('owner', 'POST', query, { ...dialogBody(), ...more });
      if (status !== 201) throw new Error(`the dialog was not created: ${status} ${JSON.stringify(body)}`);
      return body;
    },
    told: async (dialog) => (await events(dialog)).map(({ type }) => shortType(String(type))),
    token: (actor) => tokens[actor],
    [Symbol.asyncDispose]: async () => {
      await platform[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

/** The smallest body of a create. */
export function dialogBody(): Record<string, unknown> {
  return {
    serviceResource: SERVICE,
    party: COMPANY,
    status: 'InProgress',
    content: { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } },
  };
}

function shortType(type: string): string {
  return type.replace(/^dialogporten\.dialog\.(.+)\.v1$/, '$1');
}

/** Everything that the token's holder may know of the company, page by page. */
async function feed(platform: TestPlatform, token: string): Promise<ArrivedEvent[]> {
  const events: ArrivedEvent[] = [];
  const query = new URLSearchParams({ after: '0', resource: SERVICE, subject: COMPANY, size: '1000' });
  let path = `/events/api/v1/events?${query.toString()}`;
  for (;;) {
    const answer = await platform.call(token, path);
    if (answer.status !== 200) throw new Error(`the feed: ${answer.status} ${await answer.text()}`);
    const page = (await answer.json()) as ArrivedEvent[];
    if (page.length === 0) return events;
    events.push(...page);
    path = (answer.headers.get('next') ?? '').replace(platform.base, '');
  }
}

async function subscribe(
  platform: TestPlatform,
  { token, endPoint }: { readonly token: string; readonly endPoint: string },
): Promise<void> {
  const body = JSON.stringify({ endPoint, resourceFilter: SERVICE, subjectFilter: COMPANY });
  const answer = await platform.call(token, '/events/api/v1/subscriptions', { method: 'POST', body });
  const { id } = (await answer.json()) as { id: number };
  await until('the subscription is validated', async () => {
    const read = await platform.call(token, `/events/api/v1/subscriptions/${id}`);
    return ((await read.json()) as { validated: boolean }).validated;
  });
}
