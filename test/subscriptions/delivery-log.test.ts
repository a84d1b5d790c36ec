import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { openRecoveryEdge, type RecoveryEdge } from './recovery-edge.ts';

interface Logged {
  readonly at: string;
  readonly state: string;
  readonly attempt: number;
  readonly count: number;
  readonly deliveries: readonly string[];
}

let edge: RecoveryEdge;
let receiver: Receiver;
beforeAll(async () => {
  receiver = await Receiver.open();
  edge = await openRecoveryEdge(receiver);
});
afterAll(async () => {
  await edge[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});
beforeEach(() => receiver.answer(() => 200));

/** The log of a subscription once it is about so many events. */
async function logged(id: number, events: number, query = ''): Promise<Logged[]> {
  return until(`the log is about ${events} events`, async () => {
    const { deliveries } = (await edge.get(`${id}/deliveries?${query}`)).body as { deliveries: Logged[] };
    return deliveries.reduce((sum, { count }) => sum + count, 0) === events && deliveries;
  });
}

test('every attempt is there, the newest first, with what was answered and which delivery it was', async () => {
  const { id, dialog, delivery } = await edge.withLetter('/told');
  await edge.update(dialog);
  const [last, second, first] = await logged(id, 3);
  const common = { count: 1, at: expect.stringMatching(/^\d{4}-.*Z$/), milliseconds: expect.any(Number) };
  const failed = { ...common, state: 'failed', status: 500, cause: 'answered 500', deliveries: [delivery] };
  expect(first).toEqual({ ...failed, attempt: 1 });
  expect(second).toEqual({ ...failed, attempt: 2 });
  expect(last).toMatchObject({ ...common, state: 'delivered', status: 200, cause: null, attempt: 1 });
  expect(last!.deliveries).toEqual([edge.arrivals('/told').at(-1)!.headers['budstikka-delivery']]);
});

test('it is read by state and by time', async () => {
  const { id } = await edge.withLetter('/chosen');
  const [second, first] = await logged(id, 2, 'state=failed');
  await logged(id, 0, 'state=delivered');
  expect(await logged(id, 1, `from=${second!.at}`)).toEqual([second]);
  expect(await logged(id, 1, `to=${encodeURIComponent(second!.at.replace('Z', '+00:00'))}`)).toEqual([first]);
  await logged(id, 0, `from=${second!.at}&to=${second!.at}`);
});

test('pages lead from one to the next until there are no more', async () => {
  const { id } = await edge.withLetter('/pages');
  const all = await logged(id, 2);
  const first = (await edge.get(`${id}/deliveries?size=1`)).body;
  expect(first.deliveries).toEqual(all.slice(0, 1));
  const second = (await edge.get(`${id}/deliveries?size=1&after=${first.next}`)).body;
  expect(second.deliveries).toEqual(all.slice(1));
  const third = (await edge.get(`${id}/deliveries?size=1&after=${second.next}`)).body;
  expect(third).toEqual({ deliveries: [], next: null });
});

test('its maker and administrators read it, nobody else', async () => {
  const { id } = await edge.withLetter('/read');
  const path = `${id}/deliveries`;
  expect((await edge.call('GET', path, { token: edge.tokens.owner })).status).toBe(403);
  expect((await edge.call('GET', path, { token: 'nothing' })).status).toBe(401);
  expect((await edge.get('2000000000/deliveries')).status).toBe(404);
  const query = { org: 'digdir', orgNo: '991825827', scopes: 'budstikka:admin' };
  const admin = await edge.platform.token('GetEnterpriseToken', query);
  expect((await edge.call('GET', path, { token: admin })).body.deliveries).toHaveLength(2);
  expect((await edge.call('GET', `${id}`, { token: admin })).status).toBe(403);
});

test.each(['size=0', 'size=101', 'state=lost', 'from=yesterday', 'to=2026-01-01T00:00:00', 'after=x'])(
  '%s is refused',
  async (query) => {
    const { status, body } = await edge.get(`${await anyOf()}/deliveries?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'request-invalid',
      errors: { [query.split('=')[0]!]: [expect.any(String)] },
    });
  },
);

let any: number | undefined;
async function anyOf(): Promise<number> {
  return (any ??= await edge.subscribe('/any'));
}
