import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StreamClient } from '../support/sse.ts';
import { until } from '../support/until.ts';
import {
  dialogBody,
  MANAGER_URN,
  openWatchedPlatform,
  SYSTEM_USER_URN,
  type WatchedPlatform,
} from '../support/watched-platform.ts';

/** What the tests of Dialogporten pin down about events and readings, over HTTP: requests in, CloudEvents and SSE out. */

interface Entry {
  readonly id: string;
  readonly isCurrentEndUser: boolean;
  readonly seenBy: { readonly actorId: string };
}

interface Seen {
  readonly seenSinceLastUpdate: readonly Entry[];
  readonly seenSinceLastContentUpdate: readonly Entry[];
}

let watched: WatchedPlatform;
beforeAll(async () => {
  watched = await openWatchedPlatform();
});
afterAll(() => watched[Symbol.asyncDispose]());

const performedBy = { actorType: 'ServiceOwner' };
const activity = { type: 'DialogClosed', performedBy };
const transmission = {
  type: 'Information',
  sender: performedBy,
  content: {
    title: { value: [{ languageCode: 'nb', value: 'Brev' }] },
    summary: { value: [{ languageCode: 'nb', value: 'Et brev' }] },
  },
};

const read = async (actor: 'manager' | 'system', id: string) => {
  const { status, body } = await watched.send<Seen>(actor, 'GET', `/${id}`);
  expect(status).toBe(200);
  return body;
};
const owned = async (id: string) => (await watched.send<Seen>('owner', 'GET', `/${id}`)).body;
const change = async (method: string, path: string, body?: unknown) => {
  const { status } = await watched.send('owner', method, path, body);
  expect(status).toBeLessThan(300);
};
const replace = (id: string, path: string, value: unknown) =>
  change('PATCH', `/${id}`, [{ op: 'replace', path, value }]);
const put = (id: string, more: object) => {
  const { serviceResource: _resource, party: _party, ...body } = dialogBody();
  return change('PUT', `/${id}`, { ...body, ...more });
};
const readers = (entries: readonly Entry[]) => entries.map(({ seenBy }) => seenBy.actorId);

describe('a PUT is told', () => {
  test('as one updated when a text changes', async () => {
    const id = await watched.create();
    await put(id, { extendedStatus: 'halfway' });
    expect(await watched.told(id)).toEqual(['created', 'updated']);
  });

  test('as one updated when an attachment comes', async () => {
    const id = await watched.create();
    await put(id, { attachments: [{ urls: [{ url: 'https://example.no/a', consumerType: 'Gui' }] }] });
    expect(await watched.told(id)).toEqual(['created', 'updated']);
  });

  test('as updated and the activity', async () => {
    const id = await watched.create();
    await put(id, { activities: [activity] });
    expect(await watched.told(id)).toEqual(['created', 'updated', 'activity.closed']);
  });

  test('as updated and the transmission, with the type of its sender', async () => {
    const id = await watched.create();
    await put(id, { transmissions: [transmission] });
    expect(await watched.told(id)).toEqual(['created', 'updated', 'transmission.created']);
    expect((await watched.events(id))[2]).toMatchObject({ data: { senderType: 'ServiceOwner' } });
  });
});

describe('the end of a dialog is told', () => {
  test('once when it is deleted, and on the stream', async () => {
    const id = await watched.create();
    const { body } = await watched.send<{ dialogToken: string }>('manager', 'GET', `/${id}`);
    await using stream = await StreamClient.open(`${watched.platform.base}/dialogporten/graphql`, {
      token: body.dialogToken,
      query: `subscription { dialogEvents(dialogId: "${id}") { id type } }`,
    });
    await replace(id, '/progress', 50);
    await until('the change is on the stream', () => stream.messages.length > 0);
    await change('DELETE', `/${id}`);
    await until('the end is on the stream', () => stream.messages.at(-1)?.data.includes('DIALOG_DELETED'));
    expect(stream.messages[0]?.data).toContain('DIALOG_UPDATED');
    expect(await watched.told(id)).toEqual(['created', 'updated', 'seen', 'updated', 'deleted']);
  });

  test('once when it is purged', async () => {
    const id = await watched.create();
    await change('POST', `/${id}/actions/purge`);
    expect(await watched.told(id)).toEqual(['created', 'deleted']);
  });

  test('once when it is deleted and then purged', async () => {
    const id = await watched.create();
    await change('DELETE', `/${id}`);
    await change('POST', `/${id}/actions/purge`);
    expect(await watched.told(id)).toEqual(['created', 'deleted']);
  });

  test('and taken back when it is restored', async () => {
    const id = await watched.create();
    await change('DELETE', `/${id}`);
    await change('POST', `/${id}/actions/restore`);
    expect(await watched.told(id)).toEqual(['created', 'deleted', 'restored']);
  });
});

test('whatever is silent is told to nobody', async () => {
  const silent = '?isSilentUpdate=true';
  const id = await watched.create({ activities: [activity], transmissions: [transmission] }, silent);
  await change('PATCH', `/${id}${silent}`, [{ op: 'replace', path: '/progress', value: 5 }]);
  await change('DELETE', `/${id}${silent}`);
  await change('POST', `/${id}/actions/restore${silent}`);
  await change('POST', `/${id}/actions/purge${silent}`);
  const after = await watched.create();
  await until('the webhook has heard of what came after', () =>
    watched.receiver.events().some((event) => event['resourceinstance'] === after),
  );
  expect(await watched.told(id)).toEqual([]);
  expect(watched.receiver.events().filter((event) => event['resourceinstance'] === id)).toEqual([]);
});

describe('a reading', () => {
  test('is told as updated and seen, once, and makes one entry', async () => {
    const id = await watched.create();
    await read('manager', id);
    await read('manager', id);
    expect(await watched.told(id)).toEqual(['created', 'updated', 'seen']);
    expect((await watched.send<Entry[]>('owner', 'GET', `/${id}/seenlog`)).body).toHaveLength(1);
  });

  test.each([
    ['that is no content', '/progress'],
    ['of content', '/status'],
  ])('after a change %s is told again', async (_, path) => {
    const id = await watched.create();
    await read('manager', id);
    await replace(id, path, path === '/status' ? 'Completed' : 5);
    await read('manager', id);
    expect(await watched.told(id)).toEqual(['created', 'updated', 'seen', 'updated', 'updated', 'seen']);
    expect((await watched.send<Entry[]>('owner', 'GET', `/${id}/seenlog`)).body).toHaveLength(2);
  });

  test('by another user after a change that is no content leaves two for the content', async () => {
    const id = await watched.create();
    await read('manager', id);
    await replace(id, '/progress', 5);
    await read('system', id);
    const { seenSinceLastUpdate, seenSinceLastContentUpdate } = await owned(id);
    expect([seenSinceLastContentUpdate.length, seenSinceLastUpdate.length]).toEqual([2, 1]);
  });

  test('again and again by one user stays one entry in both lists, also in a search', async () => {
    const id = await watched.create();
    for (let progress = 1; progress <= 3; progress++) {
      await replace(id, '/progress', progress);
      const { seenSinceLastUpdate, seenSinceLastContentUpdate } = await read('manager', id);
      expect([seenSinceLastUpdate.length, seenSinceLastContentUpdate.length]).toEqual([1, 1]);
    }
    const query = '?party=urn:altinn:organization:identifier-no:310923044&limit=1000';
    const list = await watched.send<{ items: (Seen & { id: string })[] }>('manager', 'GET', query);
    const item = list.body.items.find((each) => each.id === id);
    expect(item?.seenSinceLastUpdate).toHaveLength(1);
    expect(item?.seenSinceLastContentUpdate).toHaveLength(1);
  });

  test('at the same moment as seven others makes one entry and one event', async () => {
    const id = await watched.create();
    await Promise.all(Array.from({ length: 8 }, () => read('manager', id)));
    expect(await watched.told(id)).toEqual(['created', 'updated', 'seen']);
    expect((await watched.send<Entry[]>('owner', 'GET', `/${id}/seenlog`)).body).toHaveLength(1);
  });
});

test('end users see no person’s number and know their own entry; the service owner sees who it was', async () => {
  const id = await watched.create();
  await read('manager', id);
  const whole = await read('system', id);
  const log = await watched.send<Entry[]>('system', 'GET', `/${id}/seenlog`);
  const own = log.body.find(({ isCurrentEndUser }) => isCurrentEndUser);
  expect(own?.seenBy.actorId).toBe(SYSTEM_USER_URN);
  const one = await watched.send('system', 'GET', `/${id}/seenlog/${log.body[0]?.id}`);
  const query = '?party=URN:ALTINN:ORGANIZATION:IDENTIFIER-NO:310923044&limit=1000';
  const list = await watched.send('system', 'GET', query);
  for (const view of [whole, log.body, one.body, list.body]) {
    expect(JSON.stringify(view)).not.toContain(MANAGER_URN.slice(-11));
  }
  const entries = (await watched.send<Entry[]>('owner', 'GET', `/${id}/seenlog`)).body;
  expect(readers(entries).toSorted()).toEqual([MANAGER_URN, SYSTEM_USER_URN].toSorted());
});

test('a transmission changes the revision of its dialog', async () => {
  const id = await watched.create();
  const before = await watched.send('owner', 'GET', `/${id}`);
  const { status, headers } = await watched.send('owner', 'POST', `/${id}/transmissions`, transmission);
  expect(status).toBe(201);
  expect(headers.get('etag')).not.toBe(before.headers.get('etag'));
  expect((await watched.send('owner', 'GET', `/${id}`)).headers.get('etag')).toBe(headers.get('etag'));
});

test('all of it has reached the webhook, each dialog in its order, with the ids of the feed', async () => {
  const id = await watched.create();
  await until('the webhook has caught up', () =>
    watched.receiver.events().some((event) => event['resourceinstance'] === id),
  );
  const arrived = watched.receiver.events();
  const dialogs = new Set(arrived.map((event) => String(event['resourceinstance'])));
  expect(dialogs.size).toBeGreaterThan(15);
  for (const dialog of dialogs) {
    const ofDialog = arrived.filter((event) => event['resourceinstance'] === dialog);
    expect(ofDialog).toEqual(await watched.events(dialog));
    expect(ofDialog.map((event) => event['dialogsequence'])).toEqual(ofDialog.map((_, index) => index + 1));
  }
});
