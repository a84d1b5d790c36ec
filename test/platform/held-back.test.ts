import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromEpoch, pause, wallClock } from '../../src/lib/time.ts';
import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const OWNER_DIALOGS = '/dialogporten/api/v1/serviceowner/dialogs';
const USER_DIALOGS = '/dialogporten/api/v1/enduser/dialogs';
const DIALOGS = 12;
/** Milliseconds from the creation until the dialogs become visible. */
const HELD = 5000;

type CloudEvent = Record<'id' | 'type' | 'resourceinstance', string> & { readonly dialogsequence?: number };

let platform: TestPlatform;
let receiver: Receiver;
let owner: string;
let manager: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  receiver = await Receiver.open();
  const scopes = 'digdir:dialogporten.serviceprovider altinn:events.subscribe';
  owner = await platform.token('GetEnterpriseToken', { ...TTD, scopes });
  manager = await platform.token('GetPersonalToken', {
    ...{ pid: MANAGER, scopes: 'digdir:dialogporten altinn:events.subscribe' },
  });
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

async function createHeld(visibleFrom: string): Promise<string> {
  const body = JSON.stringify({
    ...{ serviceResource: SERVICE, party: COMPANY, status: 'InProgress', visibleFrom },
    content: { title: { value: [{ languageCode: 'nb', value: 'Et vedtak' }] } },
  });
  const answer = await platform.call(owner, OWNER_DIALOGS, { method: 'POST', body });
  expect(answer.status).toBe(201);
  return (await answer.json()) as string;
}

let progress = 0;
async function patch(id: string): Promise<number> {
  progress = (progress + 1) % 101;
  const body = JSON.stringify([{ op: 'replace', path: '/progress', value: progress }]);
  return (await platform.call(owner, `${OWNER_DIALOGS}/${id}`, { method: 'PATCH', body })).status;
}

async function subscribe(token: string, path: string): Promise<void> {
  const body = JSON.stringify({
    ...{ endPoint: receiver.url(path), resourceFilter: SERVICE, subjectFilter: COMPANY },
  });
  const made = await platform.call(token, '/events/api/v1/subscriptions', { method: 'POST', body });
  expect(made.status).toBe(201);
}

/** Reads the feed as it grows, from now on, until it is stopped. */
function followFeed(token: string): { events: CloudEvent[]; stop(): Promise<void> } {
  const events: CloudEvent[] = [];
  let stopped = false;
  const running = (async () => {
    let next = `/events/api/v1/events?after=0&resource=${SERVICE}&subject=${COMPANY}&size=7`;
    for (let last = false; ; last = stopped) {
      const answer = await platform.call(token, next);
      expect(answer.status).toBe(200);
      const page = (await answer.json()) as CloudEvent[];
      events.push(...page);
      next = (answer.headers.get('next') ?? '').replace(platform.base, '');
      if (page.length === 0 && last) return;
      if (page.length === 0) await pause(5);
    }
  })();
  return {
    events,
    stop: () => {
      stopped = true;
      return running;
    },
  };
}

/** What somebody was told of each dialog, in the order of arrival. */
function byDialog(events: Iterable<CloudEvent>): Record<string, CloudEvent[]> {
  const dialogs: Record<string, CloudEvent[]> = {};
  for (const event of events) (dialogs[event.resourceinstance] ??= []).push(event);
  return dialogs;
}
const pushed = (path: string) => byDialog(receiver.events(path) as unknown as CloudEvent[]);
const published = (events: readonly CloudEvent[] = []) =>
  events.filter(({ type }) => type.startsWith('dialogporten.'));
const isAll = (some: readonly CloudEvent[] = [], all: readonly CloudEvent[] = []) =>
  published(some).length === published(all).length;

test('while changes, deletions and readings race with the release, both sides hear everything in order', async () => {
  await subscribe(owner, '/owner');
  await subscribe(manager, '/party');
  await until('both endpoints have answered the handshake', () => receiver.arrivals.length >= 2);
  const feeds = { owner: followFeed(owner), party: followFeed(manager) };
  const release = wallClock() + HELD;
  const ids = await Promise.all(Array.from({ length: DIALOGS }, () => createHeld(fromEpoch(release))));
  for (const id of ids) expect(await patch(id)).toBe(204);
  await until('the owner has heard of all of it', () =>
    ids.every((id) => pushed('/owner')[id]?.length === 2),
  );
  expect(wallClock()).toBeLessThan(release);
  expect(pushed('/party')).toEqual({});
  expect(byDialog(feeds.party.events)).toEqual({});
  await pause(release - 300 - wallClock());

  const seen = new Set<string>();
  await Promise.all(ids.map((id, number) => race(id, number, { until: release + 700, seen })));

  const deleted = new Set(ids.filter((_, number) => number % 4 === 0));
  for (const id of ids) {
    const { status } = await platform.call(manager, `${USER_DIALOGS}/${id}`);
    expect(deleted.has(id) ? [404, 410] : [200]).toContain(status);
  }
  await Promise.all([feeds.owner.stop(), feeds.party.stop()]);
  const read = { owner: byDialog(feeds.owner.events), party: byDialog(feeds.party.events) };
  await until('the webhooks have told what the feeds have', () =>
    ids.every(
      (id) => isAll(pushed('/owner')[id], read.owner[id]) && isAll(pushed('/party')[id], read.party[id]),
    ),
  );
  for (const id of ids) {
    const [mine, theirs] = [published(pushed('/owner')[id]), published(pushed('/party')[id])];
    expect(mine.map(({ dialogsequence }) => dialogsequence)).toEqual(mine.map((_, index) => index + 1));
    expect(published(read.owner[id])).toEqual(mine);
    expect(published(read.party[id])).toEqual(theirs);
    // Deleted before its time, a dialog never becomes visible.
    expect(theirs).toEqual(deleted.has(id) && theirs.length === 0 ? [] : mine);
  }
  const opened = ids.filter((id) => pushed('/party')[id]?.some(({ type }) => type.endsWith('.seen.v1')));
  expect(opened).toEqual(expect.arrayContaining(ids.filter((id) => !deleted.has(id))));
  expect(seen.size).toBeGreaterThan(DIALOGS / 2);
}, 60_000);

/** Changes and opens the dialog again and again around its release; every fourth is deleted at that moment. */
async function race(
  id: string,
  number: number,
  { until: end, seen }: { readonly until: number; readonly seen: Set<string> },
): Promise<void> {
  const isDeleted = number % 4 === 0;
  const release = end - 700;
  const change = async () => {
    while (wallClock() < end) expect(isDeleted ? [204, 410] : [204]).toContain(await patch(id));
  };
  const open = async () => {
    while (wallClock() < end) {
      const { status } = await platform.call(manager, `${USER_DIALOGS}/${id}`);
      if (status === 200) seen.add(id);
      expect([200, 404, 410]).toContain(status);
      await pause(5);
    }
  };
  const remove = async () => {
    await pause(release + (number - 4) * 5 - wallClock());
    expect((await platform.call(owner, `${OWNER_DIALOGS}/${id}`, { method: 'DELETE' })).status).toBe(204);
  };
  await Promise.all([change(), open(), ...(isDeleted ? [remove()] : [])]);
}
