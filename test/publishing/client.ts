import { randomUUID } from 'node:crypto';
import { sql } from '../../src/db/database.ts';
import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';

const EVENTS = '/events/api/v1/events';
export const SINGLE = 'application/cloudevents+json';
export const BATCH = 'application/cloudevents-batch+json';
export const PUBLISH = 'altinn:events.publish';

export type Event = Record<string, unknown>;

/** An event that is fine; what is given goes over it, and `undefined` takes a member away. */
export function event(more: Event = {}): Event {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: 'https://svc.example.no/cases/1',
    type: 'no.example.case.opened',
    resource: SERVICE,
    subject: COMPANY,
    ...more,
  };
}

export interface Posted {
  /** The owner's unless given. */
  readonly token?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

export interface PostAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The faults of a problem. */
  readonly errors: Readonly<Record<string, readonly string[]>> | undefined;
  readonly detail: string | undefined;
}

/** A platform, and publishers and readers who speak to it over HTTP. */
export interface Publishers extends AsyncDisposable {
  readonly platform: TestPlatform;
  /** Tokens: the owner of the service, the same with the administrative scope, and a manager of the company. */
  readonly owner: string;
  readonly admin: string;
  readonly manager: string;
  post(body: string | Uint8Array, posted?: Posted): Promise<PostAnswer>;
  publish(given: Event, posted?: Posted): Promise<PostAnswer>;
  /** All events of the company that the manager may know, as the feed gives them. */
  feed(): Promise<string>;
  /** Rows of the log with this event id. */
  rows(id: unknown): Promise<LoggedRow[]>;
}

export interface LoggedRow {
  readonly audience: string;
  readonly owner: string;
  readonly resource_instance: string | null;
  readonly subject: string | null;
  readonly time: string | null;
  readonly change: string | null;
  readonly dialog_sequence: string | null;
  readonly bytes: string;
}

const ROWS = sql('test.rows-of-event', 'SELECT * FROM event WHERE id = $1 ORDER BY position');

export async function openPublishers(env: Record<string, string> = {}): Promise<Publishers> {
  const platform = await startTestPlatform(env);
  const enterprise = (scopes: string) => platform.token('GetEnterpriseToken', { ...TTD, scopes });
  const owner = await enterprise(PUBLISH);
  const admin = await enterprise(`${PUBLISH} ${PUBLISH}.admin`);
  const manager = await platform.token('GetPersonalToken', {
    pid: MANAGER,
    scopes: `altinn:events.subscribe ${PUBLISH}`,
  });
  const post = async (body: string | Uint8Array, posted: Posted = {}): Promise<PostAnswer> => {
    const { token = owner, type = SINGLE, path = EVENTS, headers } = posted;
    const init = { method: 'POST', body, headers: { 'content-type': type, ...headers } };
    const answer = await platform.call(token, path, init);
    const text = await answer.text();
    const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json');
    const problem = isProblem ? (JSON.parse(text) as Partial<PostAnswer>) : {};
    return {
      ...{ status: answer.status, headers: answer.headers, text },
      ...{ errors: problem.errors, detail: problem.detail },
    };
  };
  return {
    ...{ platform, owner, admin, manager, post },
    publish: (given, posted) => post(JSON.stringify(given), posted),
    feed: async () => {
      const query = new URLSearchParams({ after: '0', resource: SERVICE, subject: COMPANY, size: '1000' });
      return (await platform.call(manager, `${EVENTS}?${query.toString()}`)).text();
    },
    rows: (id) => platform.db.database.query<LoggedRow>(ROWS, [id]),
    [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
  };
}
