import { createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { COMPANY, SERVICE } from '../support/platform.ts';
import { type Arrival, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { type Answer, type EventsEdge, openEventsEdge, SUBSCRIPTIONS } from './events-edge.ts';

const EXPIRE = sql(
  'test.expire-former',
  `WITH expired AS (UPDATE subscription_secret SET expires_at = clock_timestamp()
                     WHERE subscription = $1 AND expires_at IS NOT NULL)
   UPDATE subscription SET version = bump_version('subscription') WHERE id = $1`,
);

let edge: EventsEdge;
let receiver: Receiver;
beforeAll(async () => {
  edge = await openEventsEdge({ SECRET_OVERLAP_S: '3600' });
  receiver = await Receiver.open();
});
afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await edge[Symbol.asyncDispose]();
});

interface Made {
  readonly id: number;
  readonly secret: string;
}

async function subscribe(path: string, more: object = {}): Promise<Made> {
  const body = { endPoint: receiver.url(path), resourceFilter: SERVICE, subjectFilter: COMPANY, ...more };
  const made = (await edge.subscribe(edge.tokens.manager, body)).body as Made;
  await edge.validated(edge.tokens.manager, made.id);
  return made;
}

async function rotate(id: number, body: object = {}, token = edge.tokens.manager): Promise<Answer> {
  const init = { method: 'POST', body: JSON.stringify(body) };
  const response = await edge.platform.call(token, `${SUBSCRIPTIONS}/${id}/rotate-secret`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as unknown };
}

/** A new event, as it arrives at the path. */
async function delivered(path: string): Promise<Arrival> {
  const at = receiver.arrivals.filter((arrival) => arrival.path === path).length;
  await edge.createDialog();
  return until('the event has arrived', () => receiver.arrivals.filter((one) => one.path === path)[at]);
}

/** Whether both public libraries find it genuine, or neither. */
function isGenuine(secret: string, { headers, body }: Arrival): boolean {
  const verdicts = [StandardWebhook, SvixWebhook].map((Webhook) => {
    try {
      new Webhook(secret).verify(body, headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  });
  expect(verdicts[0]).toBe(verdicts[1]);
  return verdicts[0]!;
}

describe('a rotation', () => {
  test('shows a new secret; both sign until the former one has expired', async () => {
    const { id, secret: former } = await subscribe('/rotated');
    const answer = await rotate(id);
    expect(answer).toMatchObject({ status: 200, body: { id, secret: expect.stringMatching(/^whsec_/) } });
    const { secret, formerSecretsExpire } = answer.body as { secret: string; formerSecretsExpire: string };
    expect(secret).not.toBe(former);
    expect(formerSecretsExpire).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const during = await delivered('/rotated');
    expect([isGenuine(former, during), isGenuine(secret, during)]).toEqual([true, true]);
    expect(isGenuine(secret, { ...during, body: during.body.replace('{', '{ ') })).toBe(false);
    await edge.platform.db.database.query(EXPIRE, [id]);
    await until('the former one signs no longer', async () => {
      const after = await delivered('/rotated');
      expect(isGenuine(secret, after)).toBe(true);
      return !isGenuine(former, after);
    });
    expect((await edge.get(edge.tokens.manager, `${SUBSCRIPTIONS}/${id}`)).body.secret).toBeUndefined();
  });

  test('ends the former secret at once when it is asked to', async () => {
    const { id, secret: former } = await subscribe('/leaked');
    const { secret } = (await rotate(id, { overlapSeconds: 0 })).body as Made;
    const arrival = await delivered('/leaked');
    expect([isGenuine(former, arrival), isGenuine(secret, arrival)]).toEqual([false, true]);
  });

  test('may go on as often as one likes, with three secrets at a time', async () => {
    const { id } = await subscribe('/often');
    const statuses = await Promise.all(Array.from({ length: 6 }, async () => (await rotate(id)).status));
    expect(statuses.toSorted((one, other) => one - other)).toEqual([200, 200, 429, 429, 429, 429]);
    expect((await rotate(id, { overlapSeconds: 0 })).status).toBe(200);
    const { secret } = (await rotate(id)).body as Made;
    const arrival = await delivered('/often');
    expect(String(arrival.headers['webhook-signature']).split(' ')).toHaveLength(2);
    expect(isGenuine(secret, arrival)).toBe(true);
  });

  test.each([-1, 3601, 1.5, '60', true])('is refused with an overlap of %j', async (overlapSeconds) => {
    const { id } = await subscribe('/refused');
    const fault = 'must be a whole number from 0 to 3600';
    expect(await rotate(id, { overlapSeconds })).toMatchObject({
      status: 400,
      body: { code: 'request-invalid', errors: { overlapSeconds: [fault] } },
    });
  });

  test('is for whoever made the subscription', async () => {
    const { id } = await subscribe('/mine');
    expect((await rotate(id, {}, edge.tokens.stranger)).status).toBe(403);
    expect((await rotate(2_000_000_000)).status).toBe(404);
    const bare = await fetch(`${edge.platform.base}${SUBSCRIPTIONS}/${id}/rotate-secret`, { method: 'POST' });
    expect(bare.status).toBe(401);
  });
});

describe('v1a', () => {
  /** Whether one of the published keys signed it, as a receiver finds out with nothing but Node. */
  async function isSignedByPublished({ headers, body }: Arrival): Promise<boolean> {
    const answer = await fetch(`${edge.platform.base}/events/api/v1/.well-known/jwks.json`);
    const { keys } = (await answer.json()) as { keys: JsonWebKey[] };
    const content = Buffer.from(
      `${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${body}`,
    );
    const signatures = String(headers['webhook-signature'])
      .split(' ')
      .filter((each) => each.startsWith('v1a,'))
      .map((each) => Buffer.from(each.slice('v1a,'.length), 'base64'));
    return signatures.some((signature) =>
      keys.some((jwk) => verify(null, content, createPublicKey({ key: jwk, format: 'jwk' }), signature)),
    );
  }

  test('stands beside v1 for those who asked for it, and the key set verifies it', async () => {
    const { id, secret } = await subscribe('/asymmetric', { signing: 'v1a' });
    const arrival = await delivered('/asymmetric');
    expect(isGenuine(secret, arrival)).toBe(true);
    expect(await isSignedByPublished(arrival)).toBe(true);
    expect(await isSignedByPublished({ ...arrival, body: `${arrival.body} ` })).toBe(false);
    await rotate(id);
    expect(await isSignedByPublished(await delivered('/asymmetric'))).toBe(true);
  });

  test('is left out for others', async () => {
    await subscribe('/symmetric');
    const { headers } = await delivered('/symmetric');
    expect(headers['webhook-signature']).toMatch(/^v1,\S+$/);
  });

  test('has the key that signs and the one that follows it in its key set, and no others', async () => {
    const read = async (path: string) => {
      const answer = await fetch(`${edge.platform.base}${path}/.well-known/jwks.json`);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=86400');
      return ((await answer.json()) as { keys: { kid: string }[] }).keys;
    };
    const keys = await read('/events/api/v1');
    expect(keys).toHaveLength(2);
    for (const key of keys)
      expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' });
    const kids = (await read('/dialogporten/api/v1')).map(({ kid }) => kid);
    expect(keys.filter(({ kid }) => kids.includes(kid))).toEqual([]);
  });
});
