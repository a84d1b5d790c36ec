import { expect } from 'vitest';
import { deleteGrant } from '../../src/access/registry/single-changes.ts';
import { sql } from '../../src/db/database.ts';
import { type Answer, type EventsEdge, openEventsEdge, SUBSCRIPTIONS } from '../http/events-edge.ts';
import { COMPANY, MANAGER, SERVICE } from '../support/platform.ts';
import type { Arrival, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

/** A dead letter as it is listed. */
export interface Listed {
  readonly delivery: string;
  readonly id: string;
}

/** A system whose subscriber repairs what went wrong, and a receiver that makes it go wrong: two attempts, one right after the other. */
export interface RecoveryEdge extends Pick<EventsEdge, 'tokens' | 'platform'>, AsyncDisposable {
  /** A request below `/subscriptions/`, as the managing director unless told. */
  call(method: string, path: string, more?: { body?: unknown; token?: string }): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  /** Subscribes to the company's dialogs; resolves when the endpoint has answered its handshake. */
  subscribe(path: string, more?: Record<string, unknown>): Promise<number>;
  /** Asks for a subscription that is there already. */
  ask(path: string, more: Record<string, unknown>, id: number): Promise<void>;
  remove(id: number): Promise<void>;
  createDialog(): Promise<string>;
  update(dialog: string): Promise<void>;
  /** A subscription with one dead letter, whose endpoint is sound again. */
  withLetter(path: string): Promise<{ id: number; dialog: string; dead: string; delivery: string }>;
  /** Dead letters of a subscription once there are so many. */
  letters(id: number, count: number): Promise<Listed[]>;
  /** Requests that carried events to the path, in order. */
  arrivals(path: string): Arrival[];
  eventOf(arrival: Arrival): Record<string, unknown>;
  /** Takes the managing director's right; gives what restores it. */
  takeRight(): Promise<{ to: string; party: string; roles: string[] }>;
}

// A second is the least that a subscriber may ask for.
const HURRY = sql(
  'test.hurry',
  `UPDATE subscription SET retry_schedule = '{0}', version = bump_version('subscription') WHERE id = $1`,
);

const DIALOGS = '/dialogporten/api/v1/serviceowner/dialogs';

export async function openRecoveryEdge(receiver: Receiver): Promise<RecoveryEdge> {
  const edge = await openEventsEdge();
  const { tokens, platform } = edge;
  // Each is a change: the same value twice tells nobody anything.
  let updates = 0;
  const call: RecoveryEdge['call'] = async (method, path, { body, token = tokens.manager } = {}) => {
    const text = method === 'GET' ? undefined : body === undefined ? '' : JSON.stringify(body);
    const init = { method, ...(text !== undefined && { body: text }) };
    return readAnswer(await platform.call(token, `${SUBSCRIPTIONS}/${path}`, init));
  };
  const get: RecoveryEdge['get'] = (path) => call('GET', path);
  const request = (path: string) => ({
    ...{ endPoint: receiver.url(path), resourceFilter: SERVICE, subjectFilter: COMPANY },
  });
  const arrivals = (path: string) =>
    receiver.arrivals.filter((one) => one.path === path && !receiver.handshakes(path).includes(one));
  const letters: RecoveryEdge['letters'] = (id, count) =>
    until(`there are ${count} dead letters`, async () => {
      const { deadLetters } = (await get(`${id}/dead-letters`)).body as { deadLetters: Listed[] };
      return deadLetters.length === count && deadLetters;
    });
  const subscribe: RecoveryEdge['subscribe'] = async (path, more = {}) => {
    const { body, status } = await edge.subscribe(tokens.manager, { ...request(path), ...more });
    expect(status).toBe(201);
    await platform.db.database.query(HURRY, [body.id]);
    await edge.validated(tokens.manager, body.id as number);
    return body.id as number;
  };
  return {
    ...{ tokens, platform, call, get, letters, subscribe, arrivals },
    post: (path, body) => call('POST', path, { body }),
    ask: async (path, more, id) => {
      expect((await edge.subscribe(tokens.manager, { ...request(path), ...more })).body.id).toBe(id);
    },
    remove: async (id) => void (await edge.remove(tokens.manager, id)),
    createDialog: () => edge.createDialog(),
    update: async (dialog) => {
      const body = JSON.stringify([{ op: 'add', path: '/progress', value: ++updates % 100 }]);
      const { status } = await platform.call(tokens.owner, `${DIALOGS}/${dialog}`, { method: 'PATCH', body });
      expect(status).toBe(204);
    },
    withLetter: async (path) => {
      const id = await subscribe(path);
      receiver.answer((arrival) => (arrival.path === path ? 500 : 200));
      const dialog = await edge.createDialog();
      const [letter] = await letters(id, 1);
      receiver.answer(() => 200);
      return { id, dialog, dead: letter!.id, delivery: letter!.delivery };
    },
    eventOf: ({ body }) => JSON.parse(body) as Record<string, unknown>,
    takeRight: async () => {
      const recipient = `urn:altinn:person:identifier-no:${MANAGER}`;
      await deleteGrant(platform.db.database, { recipient, party: COMPANY }, 'test');
      return { to: recipient, party: COMPANY, roles: ['DAGL'] };
    },
    [Symbol.asyncDispose]: () => edge[Symbol.asyncDispose](),
  };
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = text !== '' && response.headers.get('content-type')?.includes('json');
  const { status, headers } = response;
  return { status, headers, text, body: isJson ? (JSON.parse(text) as unknown) : undefined };
}
