import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';
import { policy } from '../support/policies.ts';
import { until } from '../support/until.ts';

export const EVENTS = '/events/api/v1/events';
export const SUBSCRIPTIONS = '/events/api/v1/subscriptions';
export const APP = 'urn:altinn:resource:app_ttd_apps-test';
export const ENDPOINT = 'http://127.0.0.1:9/hook';
const SUBSCRIBE = 'altinn:events.subscribe';

/** An answer whose body has been read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
  readonly body: any;
}

/** Whose tokens a test may use. */
export interface Tokens {
  /** The service owner of both resources, and another one who may follow the service. */
  readonly owner: string;
  readonly follower: string;
  /** Managing director of the company, with and without the scope. */
  readonly manager: string;
  readonly unscoped: string;
  /** Somebody else. */
  readonly stranger: string;
  /** A system user of the company, and an accountant without any right. */
  readonly system: string;
  readonly accountant: string;
}

/** The endpoints of Altinn Events in a whole system, with a resource of an app beside the example. */
export interface EventsEdge extends AsyncDisposable {
  readonly platform: TestPlatform;
  readonly tokens: Tokens;
  get(token: string, path: string, headers?: Record<string, string>): Promise<Answer>;
  /** POST /subscriptions with this body. */
  subscribe(token: string, body: unknown): Promise<Answer>;
  remove(token: string, id: number): Promise<Answer>;
  /** The subscription once its endpoint has answered the handshake. */
  validated(token: string, id: number): Promise<void>;
  /** Creates a dialog of the service before a party; gives its id. */
  createDialog(party?: string): Promise<string>;
}

export async function openEventsEdge(env: Record<string, string> = {}): Promise<EventsEdge> {
  const registry = await makeRegistry();
  const platform = await startTestPlatform({ REGISTRY_DIR: registry, ...env });
  const tokens = await makeTokens(platform);
  const call = async (token: string, path: string, init: Parameters<TestPlatform['call']>[2] = {}) =>
    readAnswer(await platform.call(token, path, init));
  const get: EventsEdge['get'] = (token, path, headers = {}) => call(token, path, { headers });
  return {
    ...{ platform, tokens, get },
    subscribe: (token, body) => call(token, SUBSCRIPTIONS, { method: 'POST', body: JSON.stringify(body) }),
    remove: (token, id) => call(token, `${SUBSCRIPTIONS}/${id}`, { method: 'DELETE', body: '' }),
    validated: async (token, id) => {
      const path = `${SUBSCRIPTIONS}/${id}`;
      await until('it is validated', async () => (await get(token, path)).body.validated === true);
    },
    createDialog: async (party = COMPANY) => {
      const content = { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } };
      const body = JSON.stringify({ serviceResource: SERVICE, party, status: 'Draft', content });
      const path = '/dialogporten/api/v1/serviceowner/dialogs';
      return (await call(tokens.owner, path, { method: 'POST', body })).body as string;
    },
    [Symbol.asyncDispose]: async () => {
      await platform[Symbol.asyncDispose]();
      await rm(registry, { recursive: true });
    },
  };
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = text !== '' && response.headers.get('content-type')?.includes('json');
  const { status, headers } = response;
  return { status, headers, text, body: isJson ? (JSON.parse(text) as unknown) : undefined };
}

/** The example, and an app whose events its owner and whoever manages the party may read. */
async function makeRegistry(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'budstikka-registry-'));
  await cp('examples/registry', folder, { recursive: true });
  const example = await readFile(join(folder, 'resources/super-simple-service.json'), 'utf8');
  const document = {
    ...(JSON.parse(example) as object),
    identifier: 'app_ttd_apps-test',
    resourceType: 'AltinnApp',
  };
  await writeFile(join(folder, 'resources/app_ttd_apps-test.json'), JSON.stringify(document));
  const events = { 'urn:altinn:appresource': 'events' };
  const rule = { roles: ['DAGL', 'PRIV'], orgs: ['ttd'], actions: ['read'], resourceAttributes: events };
  await writeFile(
    join(folder, 'resources/app_ttd_apps-test.policy.xml'),
    policy('app_ttd_apps-test').permit(rule).xml(),
  );
  return folder;
}

async function makeTokens(platform: TestPlatform): Promise<Tokens> {
  const token = (kind: string, query: Record<string, string>) => platform.token(kind, query);
  const personal = (pid: string, scopes: string) => token('GetPersonalToken', { pid, scopes });
  const enterprise = (query: Record<string, string>) =>
    token('GetEnterpriseToken', { ...query, scopes: `${SUBSCRIBE} digdir:dialogporten.serviceprovider` });
  return {
    owner: await enterprise(TTD),
    follower: await enterprise({ org: 'skd', orgNo: '974761076' }),
    manager: await personal(MANAGER, `${SUBSCRIBE} digdir:dialogporten`),
    unscoped: await personal(MANAGER, 'digdir:dialogporten'),
    stranger: await personal('12855515545', SUBSCRIBE),
    system: await token('GetSystemUserToken', {
      systemUserId: '0d9b6f3e-6c55-4b0a-9c6e-2f1d7a9be001',
      systemUserOrg: '310923044',
      scopes: SUBSCRIBE,
    }),
    accountant: await enterprise({ orgNo: '311102079' }),
  };
}
