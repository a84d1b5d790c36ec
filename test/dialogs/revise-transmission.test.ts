import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppUnderTest, create, type Name, openApp, plain } from '../support/dialog-client.ts';
import { eventsOf, shortTypes } from '../support/event-log.ts';

interface Problem {
  readonly code: string;
  readonly errors?: Record<string, string[]>;
  readonly transmissionId?: string;
}

interface Dialog {
  readonly revision: string;
  readonly updatedAt: string;
  readonly contentUpdatedAt: string;
  readonly hasUnopenedContent: boolean;
  readonly fromServiceOwnerTransmissionsCount: number;
  readonly fromPartyTransmissionsCount: number;
  readonly endUserContext: { readonly systemLabels: readonly string[] };
  readonly transmissions: readonly Transmission[];
}

interface Transmission {
  readonly id: string;
  readonly createdAt: string;
  readonly type: string;
  readonly content: { readonly title: object };
  readonly externalReference?: string;
}

interface Put {
  readonly as?: Name;
  readonly query?: string;
  readonly headers?: Record<string, string>;
}

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const at = (id: string) => `/serviceowner/dialogs/${id}`;
const get = async (id: string) => (await app.send<Dialog>('GET', at(id))).body;
const letter = (more: object = {}) => ({
  ...{ type: 'Information', sender: { actorType: 'ServiceOwner' }, content: { title: plain('Brev') } },
  ...more,
});
const add = async (id: string, more: object = {}) =>
  (await app.send<string>('POST', `${at(id)}/transmissions`, { body: letter(more) })).body;
const put = (
  [id, child]: readonly [string, string],
  more: object = {},
  { as = 'mender', query = '', headers = {} }: Put = {},
) =>
  app.send<Problem>('PUT', `${at(id)}/transmissions/${child}${query}`, { as, body: letter(more), headers });
const told = async (id: string) => shortTypes(await eventsOf(app.database, id));

test('a transmission is replaced with all it holds, keeps id and time, and is told as updated alone', async () => {
  const id = await create(app);
  const child = await add(id, { externalReference: 'gone' });
  const before = await get(id);
  const { status, headers } = await put([id, child], { content: { title: plain('Rettet') } });
  const after = await get(id);
  expect([status, headers.get('etag')]).toEqual([204, after.revision]);
  expect(after.revision).not.toBe(before.revision);
  expect(after.contentUpdatedAt > before.contentUpdatedAt).toBe(true);
  const [mended] = after.transmissions;
  expect(mended).toMatchObject({ id: child, content: { title: plain('Rettet') } });
  expect(mended!.createdAt).toBe(before.transmissions[0]!.createdAt);
  expect(mended).not.toHaveProperty('externalReference');
  expect(await told(id)).toEqual(['created', 'updated', 'transmission.created', 'updated']);
});

test('a transmission that is what it was leaves revision, times and log alone', async () => {
  const id = await create(app);
  const child = await add(id);
  const before = await get(id);
  expect((await put([id, child])).status).toBe(204);
  expect(await get(id)).toEqual(before);
  expect(await told(id)).toHaveLength(3);
});

test('a silent replacement, said in the query or in the body, tells nobody and moves no time', async () => {
  const id = await create(app);
  const child = await add(id);
  const before = await get(id);
  await put([id, child], { externalReference: 'a' }, { query: '?isSilentUpdate=true' });
  await put([id, child], { externalReference: 'b', isSilentUpdate: true });
  const after = await get(id);
  expect(after).toMatchObject({ updatedAt: before.updatedAt, contentUpdatedAt: before.contentUpdatedAt });
  expect(after.transmissions[0]!.externalReference).toBe('b');
  expect(after.revision).not.toBe(before.revision);
  expect(await told(id)).toHaveLength(3);
});

test('a transmission that changes sides is counted on the other one', async () => {
  const id = await create(app);
  const child = await add(id);
  expect(await get(id)).toMatchObject({ hasUnopenedContent: true, fromServiceOwnerTransmissionsCount: 1 });
  await put([id, child], { type: 'Submission' });
  const after = await get(id);
  expect(after).toMatchObject({
    ...{ hasUnopenedContent: false, fromServiceOwnerTransmissionsCount: 0, fromPartyTransmissionsCount: 1 },
  });
  expect(after.endUserContext.systemLabels).toContain('Sent');
});

test('whoever lacks the scope, the revision, the dialog or the transmission is refused', async () => {
  const id = await create(app);
  const child = await add(id);
  const other = await create(app);
  expect((await put([id, child], {}, { as: 'owner' })).body.code).toBe('scope-missing');
  expect((await put([id, child], {}, { headers: { 'if-match': child } })).body.code).toBe(
    'revision-mismatch',
  );
  expect((await put([other, child])).body.code).toBe('not-found');
  expect((await put([id, child], { content: undefined })).body.errors).toHaveProperty('content');
  await app.send('POST', `${at(id)}/actions/freeze`, { as: 'admin' });
  expect((await put([id, child], { externalReference: 'x' })).body.code).toBe('not-authorised');
  await app.send('DELETE', at(id), { as: 'admin' });
  expect((await put([id, child])).body.code).toBe('deleted');
});

test('an idempotent key of another transmission is refused, its own is kept', async () => {
  const id = await create(app);
  const first = await add(id, { idempotentKey: 'one' });
  const second = await add(id, { idempotentKey: 'two' });
  expect((await put([id, second], { idempotentKey: 'two', externalReference: 'x' })).status).toBe(204);
  const { status, body } = await put([id, second], { idempotentKey: 'one' });
  expect([status, body.code, body.transmissionId]).toEqual([409, 'idempotent-key-used', first]);
});

test('relations must lead to this dialog, never around, and nothing below may get too deep', async () => {
  const id = await create(app);
  const root = await add(id);
  const reply = await add(id, { relatedTransmissionId: root });
  expect((await put([id, root], { relatedTransmissionId: reply })).status).toBe(422);
  expect((await put([id, root], { relatedTransmissionId: root })).status).toBe(422);
  const stranger = await add(await create(app));
  expect((await put([id, root], { relatedTransmissionId: stranger })).status).toBe(422);
  let above = root;
  for (let depth = 0; depth < 100; depth += 1) above = await add(id, { relatedTransmissionId: above });
  const deep = await put([id, root], { relatedTransmissionId: await add(id) });
  expect([deep.status, Object.keys(deep.body.errors ?? {})]).toEqual([422, ['relatedTransmissionId']]);
});
