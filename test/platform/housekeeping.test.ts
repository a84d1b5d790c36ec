import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { planExpiry } from '../../src/dialogs/expiry-queries.ts';
import { keepHouse } from '../../src/events/housekeeping.ts';
import { openLog } from '../../src/lib/log.ts';
import { fromEpoch, wallClock } from '../../src/lib/time.ts';
import { COMPANY, MANAGER, SERVICE, startTestPlatform, type TestPlatform, TTD } from '../support/platform.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const FEED = '/events/api/v1/events';
const SUBSCRIPTIONS = '/events/api/v1/subscriptions';
const OWNER_DIALOGS = '/dialogporten/api/v1/serviceowner/dialogs';

let platform: TestPlatform;
let owner: string;
let manager: string;
beforeAll(async () => {
  platform = await startTestPlatform();
  const scopes = 'digdir:dialogporten.serviceprovider altinn:events.subscribe';
  owner = await platform.token('GetEnterpriseToken', { ...TTD, scopes });
  manager = await platform.token('GetPersonalToken', {
    pid: MANAGER,
    scopes: 'digdir:dialogporten altinn:events.subscribe',
  });
});
afterAll(() => platform[Symbol.asyncDispose]());

async function createDialog(more: object = {}): Promise<string> {
  const body = {
    serviceResource: SERVICE,
    party: COMPANY,
    content: { title: { value: [{ languageCode: 'nb', value: 'En søknad' }] } },
    ...more,
  };
  const answer = await platform.call(owner, OWNER_DIALOGS, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(201);
  return (await answer.json()) as string;
}

interface Page {
  readonly status: number;
  readonly next: string;
  readonly events: Record<string, unknown>[];
  readonly links: Record<string, string>;
}

async function read(url: string, token = manager): Promise<Page> {
  const answer = await platform.call(token, url.replace(platform.base, ''));
  const body: unknown = await answer.json();
  return {
    status: answer.status,
    next: answer.headers.get('next') ?? '',
    events: answer.status === 200 ? (body as Page['events']) : [],
    links: (body as Partial<Page>).links ?? {},
  };
}

/** Types of the events about one dialog that the feed has. */
async function typesOf(dialog: string, token: string, type?: string): Promise<unknown[]> {
  const query = new URLSearchParams({ after: '0', resource: SERVICE, subject: COMPANY, size: '1000' });
  if (type !== undefined) query.set('type', type);
  const { events } = await read(`${FEED}?${query.toString()}`, token);
  return events.filter((event) => event['resourceinstance'] === dialog).map((event) => event['type']);
}

async function subscribe(receiver: Receiver, typeFilter: string): Promise<void> {
  const request = { endPoint: receiver.url(), resourceFilter: SERVICE, subjectFilter: COMPANY, typeFilter };
  const answer = await platform.call(manager, SUBSCRIPTIONS, {
    method: 'POST',
    body: JSON.stringify(request),
  });
  expect(answer.status).toBe(201);
}

describe('a dialog that becomes visible at a time', () => {
  test('is told of at that time, to those who did not know, without anybody touching it', async () => {
    await using receiver = await Receiver.open();
    await subscribe(receiver, 'budstikka.dialog.visible.v1');
    const id = await createDialog({ visibleFrom: fromEpoch(wallClock() + 2500) });
    expect(await typesOf(id, owner)).toEqual(['dialogporten.dialog.created.v1']);
    expect(await typesOf(id, manager)).toEqual([]);
    const arrived = await until('it is told', () =>
      receiver.events().find((event) => event['resourceinstance'] === id),
    );
    expect(arrived).toMatchObject({ type: 'budstikka.dialog.visible.v1', dialogsequenceafter: 1 });
    expect(await typesOf(id, manager)).toEqual(['dialogporten.dialog.created.v1']);
    expect(await typesOf(id, owner)).toEqual(['dialogporten.dialog.created.v1']);
    expect((await platform.call(manager, `/dialogporten/api/v1/enduser/dialogs/${id}`)).status).toBe(200);
  });
});

describe('a dialog that expires', () => {
  const DUE = sql('test.due', `SELECT FROM due_work WHERE kind = 'expire' AND key = $1`);
  const EXPIRES = sql('test.expires', `UPDATE dialog SET expires_at = $2 WHERE id = $1`);
  const EXPIRED = 'budstikka.dialog.expired.v1';

  /** What a write of `expiresAt` leaves behind. */
  async function expire(id: string, expiresAt: string | null, plannedFor = expiresAt): Promise<void> {
    await platform.db.database.transaction(async (transaction) => {
      await transaction.query(EXPIRES, [id, expiresAt]);
      await planExpiry(transaction, { id, expiresAt: plannedFor });
    });
  }
  const isPlanned = async (id: string) => (await platform.db.database.query(DUE, [id])).length > 0;
  const soon = () => fromEpoch(wallClock() + 50);

  test('is told of once, in the dialog’s order, to those who ask for exactly that', async () => {
    await using receiver = await Receiver.open();
    await subscribe(receiver, EXPIRED);
    const id = await createDialog();
    await expire(id, soon());
    const hint = createDialog();
    const arrived = await until('it is told', () =>
      receiver.events().find((event) => event['resourceinstance'] === id),
    );
    expect(arrived).toMatchObject({ type: EXPIRED, dialogsequenceafter: 1, subject: COMPANY });
    expect(await isPlanned(id)).toBe(false);
    expect(await typesOf(id, manager, EXPIRED)).toEqual([EXPIRED]);
    expect(await typesOf(id, manager)).toEqual(['dialogporten.dialog.created.v1']);
    await hint;
  });

  test('is told of when the time has come that the agency gave with the dialog', async () => {
    const id = await createDialog({ expiresAt: fromEpoch(wallClock() + 1500) });
    expect(await isPlanned(id)).toBe(true);
    await until('it is told', async () => (await typesOf(id, manager, EXPIRED)).length === 1);
    expect(await isPlanned(id)).toBe(false);
  });

  test('is not told of when it was deleted, when its time was moved, or when it has none any more', async () => {
    const deleted = await createDialog();
    await platform.db.database.query(
      sql('test.delete', 'UPDATE dialog SET deleted_at = now() WHERE id = $1'),
      [deleted],
    );
    await expire(deleted, soon());
    const moved = await createDialog();
    await expire(moved, fromEpoch(wallClock() + 3_600_000), soon());
    const gone = '0194fe82-9280-77a5-a7cd-5ff0e6a6fa07';
    await planExpiry(platform.db.database, { id: gone, expiresAt: soon() });
    const taken = await createDialog();
    await expire(taken, soon());
    await expire(taken, null);
    expect(await isPlanned(taken)).toBe(false);
    await createDialog();
    for (const id of [deleted, moved, gone]) {
      await until('the plan is gone', async () => !(await isPlanned(id)));
      expect(await typesOf(id, owner, EXPIRED)).toEqual([]);
    }
  });
});

describe('a cursor that retention has passed', () => {
  test('is answered with 410 and the ways out, and a cursor at the very start of what is left is good', async () => {
    const first = await createDialog();
    const query = `resource=${SERVICE}&subject=${COMPANY}&type=dialogporten.dialog.created.v1`;
    const { next: passed, events } = await read(`${FEED}?after=0&${query}&size=1`);
    await createDialog();
    let last = passed;
    for (let page = await read(last); page.events.length > 0; page = await read(last)) last = page.next;
    expect((await read(passed)).status).toBe(200);

    const { database } = platform.db;
    await database.query(sql('test.age', `UPDATE event SET appended_at = '2020-01-01'`));
    const options = { database, retentionDays: 7, log: openLog({ level: 'silent' }), graceMs: 0 };
    const young = await until('the old events are gone', async () => {
      await keepHouse(options, new AbortController().signal);
      const { status } = await read(`${FEED}?after=${String(events[0]?.['id'])}&${query}`);
      return status === 410 && (await createDialog());
    });

    const expired = await read(passed);
    expect(expired.status).toBe(410);
    expect(Object.keys(expired.links).toSorted()).toEqual(['earliest', 'now']);
    const earliest = await read(expired.links['earliest']!);
    expect(earliest.events.map((event) => event['resourceinstance'])).toEqual([young]);
    expect((await read(last)).events.map((event) => event['resourceinstance'])).toEqual([young]);
    expect(first).not.toBe(young);
  });
});

describe('readiness', () => {
  test('says when two empty partitions do not lie ahead, and stays ready', async () => {
    const { database } = platform.db;
    const ready = async () => {
      const answer = await fetch(`${platform.base}/health/readiness`);
      return { status: answer.status, body: await answer.json() };
    };
    expect(await ready()).toEqual({ status: 200, body: { status: 'ok' } });
    const [newest] = await database.query<{ name: string }>(
      sql(
        'test.newest',
        `SELECT max(inhrelid::regclass::text) AS name FROM pg_inherits
                           WHERE inhparent = 'event'::regclass`,
      ),
    );
    await database.query(sql('', `ALTER TABLE event DETACH PARTITION ${newest!.name}`));
    await database.query(sql('', `DROP TABLE ${newest!.name}`));
    expect(await ready()).toEqual({
      status: 200,
      body: { status: 'ok', warnings: ['empty partitions that lie ahead of the log: 1 of 2'] },
    });
  });
});
