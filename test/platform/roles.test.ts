import { expect, test } from 'vitest';
import { startTestPlatform } from '../support/platform.ts';

test('a process without the role api answers only for itself', async () => {
  await using platform = await startTestPlatform({ ROLES: 'dispatch' });
  const statusOf = async (path: string) => (await fetch(`${platform.base}${path}`)).status;
  expect(await statusOf('/health/liveness')).toBe(200);
  expect(await statusOf('/health/readiness')).toBe(200);
  for (const path of [
    '/dialogporten/api/v1/enduser/dialogs',
    '/events/api/v1/events',
    '/dialogporten/graphql',
  ]) {
    expect(await statusOf(path)).toBe(404);
  }
});
