import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppUnderTest, create, openApp, plain } from '../support/dialog-client.ts';

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const owner = { actorType: 'ServiceOwner' };
const at = (id: string) => `/serviceowner/dialogs/${id}`;

function ask(id: string, query: Record<string, string>, as: 'notifier' | 'owner' = 'notifier') {
  const path = `${at(id)}/actions/should-send-notification?${new URLSearchParams(query)}`;
  return app.send<{ sendNotification?: boolean; code?: string; errors?: object }>('GET', path, { as });
}

async function answers(id: string, query: Record<string, string>): Promise<(boolean | undefined)[]> {
  const asked = ['Exists', 'NotExists'].map((conditionType) => ask(id, { conditionType, ...query }));
  return (await Promise.all(asked)).map(({ body }) => body.sendNotification);
}

test('a notification depends on whether the activity has been reported, of any dialog', async () => {
  const id = await create(app);
  expect(await answers(id, { activityType: 'DialogOpened' })).toEqual([false, true]);
  await app.send('POST', `${at(id)}/activities`, { body: { type: 'DialogOpened', performedBy: owner } });
  expect(await answers(id, { activityType: 'DialogOpened' })).toEqual([true, false]);
  expect(await answers(id, { activityType: 'FormSaved' })).toEqual([false, true]);
});

test('which transmission was opened makes the difference', async () => {
  const id = await create(app);
  const letter = { type: 'Information', sender: owner, content: { title: plain('Brev') } };
  const [opened, unopened] = await Promise.all(
    [letter, letter].map(async (body) => app.send<string>('POST', `${at(id)}/transmissions`, { body })),
  );
  const activity = { type: 'TransmissionOpened', performedBy: owner, transmissionId: opened!.body };
  await app.send('POST', `${at(id)}/activities`, { body: activity });
  const type = { activityType: 'transmissionopened' };
  expect(await answers(id, { ...type, transmissionId: opened!.body })).toEqual([true, false]);
  expect(await answers(id, { ...type, transmissionId: unopened!.body })).toEqual([false, true]);
});

test('who may not ask, what cannot be asked, and a dialog that is gone are refused', async () => {
  const id = await create(app);
  const sound = { conditionType: 'Exists', activityType: 'FormSaved' };
  expect((await ask(id, sound, 'owner')).body.code).toBe('scope-missing');
  const opened = { conditionType: 'Exists', activityType: 'TransmissionOpened' };
  expect((await ask(id, opened)).body.errors).toHaveProperty('transmissionId');
  const dialog = { conditionType: 'Exists', activityType: 'DialogOpened', transmissionId: id };
  expect((await ask(id, dialog)).body.errors).toHaveProperty('transmissionId');
  expect((await ask(id, { conditionType: 'Maybe', activityType: 'FormSaved' })).status).toBe(400);
  expect((await ask('01890000-0000-7000-8000-000000000000', sound)).status).toBe(404);
  await app.send('DELETE', at(id));
  expect((await ask(id, sound)).status).toBe(410);
});
