import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';
import { StreamClient } from '../support/sse.ts';

/** GraphQL of a whole system, a service owner who changes dialogs, and a manager who reads them. */
export interface GraphqlEdge extends AsyncDisposable {
  readonly platform: TestPlatform;
  readonly url: string;
  /** The manager's token for queries. */
  readonly manager: string;
  createDialog(): Promise<string>;
  /** Opens the dialog as the manager and gives the dialog token. */
  dialogToken(id: string): Promise<string>;
  change(id: string, progress: number): Promise<void>;
  /** A POST with a JSON body; `token` goes where today's clients put it. */
  post(token: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** The same as a stream that is written down. */
  stream(token: string, body: unknown, headers?: Record<string, string>): Promise<StreamClient>;
}

const OWNER_DIALOGS = '/dialogporten/api/v1/serviceowner/dialogs';
const STREAM = { accept: 'text/event-stream' };

export async function openGraphqlEdge(env: Record<string, string> = {}): Promise<GraphqlEdge> {
  const platform = await startTestPlatform(env);
  const url = `${platform.base}/dialogporten/graphql`;
  const owner = await platform.token('GetEnterpriseToken', {
    ...TTD,
    scopes: 'digdir:dialogporten.serviceprovider',
  });
  const manager = await platform.token('GetPersonalToken', { pid: MANAGER, scopes: 'digdir:dialogporten' });
  const post: GraphqlEdge['post'] = (token, body, headers = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return {
    ...{ platform, url, manager, post },
    createDialog: async () => {
      const content = { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } };
      const body = JSON.stringify({
        serviceResource: SERVICE,
        party: COMPANY,
        status: 'InProgress',
        content,
      });
      return (await (await platform.call(owner, OWNER_DIALOGS, { method: 'POST', body })).json()) as string;
    },
    dialogToken: async (id) => {
      const opened = await platform.call(manager, `/dialogporten/api/v1/enduser/dialogs/${id}`);
      return ((await opened.json()) as { dialogToken: string }).dialogToken;
    },
    change: async (id, progress) => {
      const body = JSON.stringify([{ op: 'replace', path: '/progress', value: progress }]);
      const { status } = await platform.call(owner, `${OWNER_DIALOGS}/${id}`, { method: 'PATCH', body });
      if (status !== 204) throw new Error(`the dialog was not changed: ${status}`);
    },
    stream: async (token, body, headers = STREAM) => {
      const ended = new AbortController();
      const response = await fetch(url, {
        method: 'POST',
        signal: ended.signal,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
      return new StreamClient(response, ended);
    },
    [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
  };
}
