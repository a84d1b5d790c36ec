import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Credentials } from '../../../src/access/altinn/credentials.ts';
import { TestAltinn } from './altinn.ts';

let world: TestAltinn;
beforeEach(async () => {
  world = await TestAltinn.open();
});
afterEach(() => world[Symbol.asyncDispose]());

const INQUIRY = { path: '/register/api/v2/internal/parties/query?fields=id', body: { data: [] } };
const UNAVAILABLE = { code: 'decision-unavailable' };

test('what fails for a moment is tried three times', async () => {
  world.altinn.dial('error');
  await expect(world.service().ask(INQUIRY, () => 'read')).rejects.toMatchObject(UNAVAILABLE);
  expect(world.altinn.asked).toHaveLength(3);
});

test('what is refused is not tried again, and does not keep others away', async () => {
  const service = world.service();
  world.altinn.refuses = () => 403;
  for (let n = 0; n < 10; n++)
    await expect(service.ask(INQUIRY, () => 'read')).rejects.toMatchObject(UNAVAILABLE);
  expect(world.altinn.asked).toHaveLength(10);
  world.altinn.refuses = () => undefined;
  expect(await service.ask(INQUIRY, () => 'read')).toBe('read');
});

test('no answer is waited for beyond the time for all tries', async () => {
  world.altinn.dial('slow');
  const begun = performance.now();
  await expect(world.service({ timeoutMs: 200 }).ask(INQUIRY, () => 'read')).rejects.toMatchObject(
    UNAVAILABLE,
  );
  expect(performance.now() - begun).toBeLessThan(600);
  expect(world.altinn.asked).toHaveLength(1);
});

test('an answer that cannot be what the contract says is a broken one', async () => {
  const service = world.service();
  const read = () => {
    throw new TypeError('not what it should be');
  };
  await expect(service.ask(INQUIRY, read)).rejects.toMatchObject(UNAVAILABLE);
  expect(world.altinn.asked).toHaveLength(3);
});

test('a service that asks to be left alone is left alone by everybody, and callers are told for how long', async () => {
  const service = world.service();
  world.altinn.dial('busy');
  const thrown = await service.ask(INQUIRY, () => 'read').catch((one: unknown) => one);
  expect(thrown).toMatchObject({ code: 'decision-unavailable', options: { retryAfter: 1 } });
  expect(world.altinn.asked).toHaveLength(1);
  world.altinn.dial('none');
  await expect(service.ask(INQUIRY, () => 'read')).rejects.toMatchObject(UNAVAILABLE);
  expect(world.altinn.asked).toHaveLength(1);
  await expect.poll(() => service.ask(INQUIRY, () => 'read').catch(() => ''), { timeout: 3000 }).toBe('read');
});

test('when it is told to stop, nothing is begun any more and nobody waits', async () => {
  const service = world.service({ timeoutMs: 60_000 });
  world.altinn.dial('error');
  const asked = service.ask(INQUIRY, () => 'read');
  world.ended.abort();
  await expect(asked).rejects.toMatchObject(UNAVAILABLE);
  const before = world.altinn.asked.length;
  await expect(service.ask(INQUIRY, () => 'read')).rejects.toMatchObject(UNAVAILABLE);
  expect(world.altinn.asked).toHaveLength(before);
});

test('failures name the service and the reason, and nothing of what was asked', async () => {
  world.altinn.dial('error');
  const body = { data: ['urn:altinn:person:identifier-no:08844397713'] };
  const thrown = await world
    .service()
    .ask({ ...INQUIRY, body }, () => 'read')
    .catch(String);
  expect(thrown).toContain('Altinn cannot be asked right now: it answered 500.');
  expect(thrown).not.toContain('08844397713');
});

test('credentials that were refused are given back, and the next try has new ones', async () => {
  let number = 0;
  const refused: unknown[] = [];
  const credentials: Credentials = {
    headers: () => ({ authorization: `Bearer ${++number}` }),
    refused: (headers) => refused.push(headers),
  };
  world.altinn.refuses = ({ authorization }) => (authorization === 'Bearer 2' ? undefined : 401);
  expect(await world.service({ credentials }).ask(INQUIRY, () => 'read')).toBe('read');
  expect(refused).toEqual([{ authorization: 'Bearer 1' }]);
});
