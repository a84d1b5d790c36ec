import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { keepHouse } from '../../src/events/housekeeping.ts';
import { moveLogStart } from '../../src/events/retention-queries.ts';
import { openLog } from '../../src/lib/log.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { draft, publish } from '../support/log.ts';

const RETENTION_DAYS = 30;
const SERVICE = 'urn:altinn:resource:super-simple-service';
const COMPANY = 'urn:altinn:organization:identifier-no:310923044';

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(() => db[Symbol.asyncDispose]());

function run<Row extends object>(text: string): Promise<Row[]> {
  return db.database.query<Row>(sql('', text));
}

function round(): Promise<void> {
  const log = openLog({ level: 'silent' });
  const options = { database: db.database, retentionDays: RETENTION_DAYS, log, graceMs: 0 };
  return keepHouse(options, new AbortController().signal);
}

/** The values of one column, in order. */
async function column(name: string, table: string): Promise<unknown[]> {
  const rows = await run<{ value: unknown }>(`SELECT ${name} AS value FROM ${table} ORDER BY 1`);
  return rows.map(({ value }) => value);
}

describe('what goes by itself, and what stays', () => {
  test('dead letters and secrets past their own time', async () => {
    const [id] = await subscribe();
    await run(`INSERT INTO dead_letter (subscription, order_key, position, event_id, type, resource, bytes, attempts,
                                        cause, expires_at)
               VALUES (${id}, 'k', 1, 'gone', 't', 'r', '{}', 1, 'c', now() - interval '1 second'),
                      (${id}, 'k', 2, 'kept', 't', 'r', '{}', 1, 'c', now() + interval '1 minute')`);
    await run(`INSERT INTO subscription_secret (subscription, number, sealed, expires_at)
               VALUES (${id}, 1, '', now() - interval '1 second'), (${id}, 2, '', now() + interval '1 minute'),
                      (${id}, 3, '', NULL)`);
    await round();
    expect(await column('event_id', 'dead_letter')).toEqual(['kept']);
    expect(await column('number', 'subscription_secret')).toEqual([2, 3]);
  });

  test('subscriptions that ended as long ago as events are kept, with what hangs on them', async () => {
    const [old, young, alive] = [...(await subscribe()), ...(await subscribe()), ...(await subscribe())];
    await run(`UPDATE subscription SET deleted_at = now() - interval '31 days' WHERE id = ${old}`);
    await run(`UPDATE subscription SET deleted_at = now() - interval '29 days' WHERE id = ${young}`);
    await round();
    expect(await column('id', 'subscription')).toEqual([young, alive]);
  });

  test('the trail of changes after two years', async () => {
    await run(`INSERT INTO access_audit (at, actor, kind, key)
               VALUES (now() - interval '731 days', 'a', 'party', 'gone'),
                      (now() - interval '729 days', 'a', 'party', 'kept')`);
    await round();
    expect(await column('key', 'access_audit')).toEqual(['kept']);
  });

  test('deleted rows of the registry once every process has long known of them', async () => {
    await run(`INSERT INTO party (urn, kind, name, party_uuid, version, deleted)
               VALUES ('gone', 'person', '', gen_random_uuid(), 5, true),
                      ('too new', 'person', '', gen_random_uuid(), 6, true),
                      ('alive', 'person', '', gen_random_uuid(), 1, false)`);
    await run(`INSERT INTO access_grant (recipient, party, version, deleted) VALUES ('gone', 'p', 5, true)`);
    await run(`INSERT INTO log_day (day, position, access_version)
               SELECT (now() AT TIME ZONE 'UTC')::date - n, 0, 35 - n FROM unnest('{40,30,29}'::integer[]) AS n`);
    await round();
    expect(await column('urn', 'party')).toEqual(['alive', 'too new']);
    expect(await column('recipient', 'access_grant')).toEqual([]);
    // The day that the next deletions are judged by, and what is younger.
    expect(await column(`(now() AT TIME ZONE 'UTC')::date - day`, 'log_day')).toEqual([0, 29, 30]);
  });

  test('a tombstone only when all events are younger than it', async () => {
    await publish(db.database, draft());
    await run(`UPDATE event SET appended_at = now() - interval '35 days'`);
    await run(`INSERT INTO tombstone (dialog, change, dialog_sequence, purged_at, expires_at)
               VALUES ('00000000-0000-7000-8000-000000000001', 1, 1, now() - interval '36 days', now() - interval '6 days'),
                      ('00000000-0000-7000-8000-000000000002', 1, 1, now() - interval '34 days', now() - interval '4 days'),
                      ('00000000-0000-7000-8000-000000000003', 1, 1, now() - interval '36 days', now() + interval '1 day')`);
    await round();
    expect(await column('right(dialog::text, 1)', 'tombstone')).toEqual(['2', '3']);
  });

  test('thousands of rows, in batches', async () => {
    await run(`INSERT INTO access_audit (at, actor, kind, key)
               SELECT now() - interval '1000 days', 'a', 'party', n::text FROM generate_series(1, 2500) n`);
    await round();
    expect(await column('key', 'access_audit')).toEqual([]);
  });

  test('the keys of published events go with the partition that their events were in', async () => {
    const keys = `INSERT INTO published_key (key, position) SELECT sha256(n::text::bytea), n * 1431655765::bigint
                    FROM generate_series(1, 6) n`;
    await run(keys);
    await publish(db.database, draft());
    await run('SELECT cut_log(0)');
    await publish(db.database, draft());
    await round();
    expect(await column('position', 'published_key')).toHaveLength(6);
    await run(`UPDATE event SET appended_at = '2020-01-01' WHERE position = 1`);
    await round();
    await round();
    expect(await column('position / 1431655765', 'published_key')).toEqual(['4', '5', '6']);
  });
});

/** Makes a subscription of a company's manager, with a position of its own when one is given; gives its id. */
async function subscribe(more: Record<string, string> = {}, ownPosition?: number): Promise<[number]> {
  const columns = {
    ...{
      endpoint: `'http://x'`,
      resource_filter: `'${SERVICE}'`,
      consumer: `'/user/1'`,
      created_by: `'/user/1'`,
    },
    ...{ identity: `'{}'`, start_position: '0', fingerprint: `gen_random_uuid()::text::bytea`, version: '1' },
    ...more,
  };
  const [row] = await run<{ id: number }>(
    `INSERT INTO subscription (${Object.keys(columns).join(', ')}) VALUES (${Object.values(columns).join(', ')})
     RETURNING id`,
  );
  if (ownPosition !== undefined) {
    await run(
      `INSERT INTO own_position (subscription, position, cause) VALUES (${row!.id}, ${ownPosition}, 'slow')`,
    );
  }
  return [row!.id];
}

describe('deliveries that retention overtakes', () => {
  /** Events 1 to 6: two dialogs and one event without an instance, of two types. */
  async function fill(): Promise<void> {
    const of = (instance: string | null, type = 'dialogporten.dialog.updated.v1') =>
      draft({ resource: SERVICE, resourceInstance: instance, subject: COMPANY, type });
    await publish(
      db.database,
      of('d1'),
      of('d2', 'budstikka.dialog.labels.v1'),
      of('d1'),
      of(null),
      of('d2'),
      of('d1'),
    );
  }

  const told = () =>
    run(
      `SELECT subscription, positions::text[], cause FROM delivery_log WHERE state = 'expired' ORDER BY subscription`,
    );

  test('a subscription that stands before it is told what it did not get, and goes on behind it', async () => {
    await fill();
    const [all] = await subscribe({}, 0);
    const [typed] = await subscribe({ type_filter: `'budstikka.dialog.labels.v1'` }, 0);
    await subscribe({ subject_filter: `'another'` }, 0);
    await subscribe({ resource_filter: `'another'` }, 0);
    const [ahead] = await subscribe({}, 4);
    await run(`INSERT INTO outcome (lane, epoch, subscription, positions, highest, state)
               VALUES (0, 1, ${all}, '{3}', 3, 'delivered')`);
    expect(await moveLogStart(db.database, 0, 5)).toEqual({ subscriptions: 3, events: 5 });
    expect(await told()).toEqual([
      { subscription: all, positions: ['1', '4', '5'], cause: 'passed by retention: 3' },
      { subscription: typed, positions: ['2'], cause: 'passed by retention: 1' },
      { subscription: ahead, positions: ['5'], cause: 'passed by retention: 1' },
    ]);
    expect(await column('position', 'own_position')).toEqual(['5', '5', '5', '5', '5']);
  });

  test.each([
    ['a type', { type_filter: `'a.b.v1'` }, ['1']],
    ['types that begin alike', { type_filter: `'a.*'` }, ['1', '2']],
    ['all types but ours', { type_filter: `'*'` }, ['1', '2', '3']],
    ['our types', { type_filter: `'budstikka.*'` }, ['4']],
    ['a source', { source_filter: `'https://a.no/x/1'` }, ['1', '2']],
    ['a host', { source_filter: `'https://a.no'` }, ['1', '2', '3']],
  ])('whoever asked for %s is told of that', async (_, filter, positions) => {
    const of = (type: string, source: string) =>
      draft({ resource: SERVICE, resourceInstance: null, type, source });
    await publish(
      db.database,
      of('a.b.v1', 'https://a.no/x/1'),
      of('a.c.v1', 'https://a.no/x/2'),
      of('b.c.v1', 'https://a.no/y/1'),
      of('budstikka.dialog.labels.v1', 'https://b.no/x/1'),
    );
    await subscribe(filter, 0);
    await moveLogStart(db.database, 0, 4);
    expect(await told()).toMatchObject([{ positions }]);
  });

  test('a parked dialog gives up what is gone and is tried at once with what is left', async () => {
    await fill();
    const [id] = await subscribe({}, 6);
    const park = (key: string, instance: string, head: number) =>
      run(`INSERT INTO parked_dialog (subscription, order_key, resource, resource_instance, head, attempt, next_at, cause)
           VALUES (${id}, '${key}', '${SERVICE}', ${instance}, ${head}, 7, now() + interval '1 day', 'status 500')`);
    await park('d1', `'d1'`, 1);
    await park('@4', 'NULL', 4);
    await park('d2', `'d2'`, 5);
    expect(await moveLogStart(db.database, 0, 4)).toEqual({ subscriptions: 1, events: 3 });
    expect(await told()).toMatchObject([{ positions: ['1', '3', '4'] }]);
    expect(
      await run(`SELECT order_key, head, attempt, next_at <= now() AS "isDue" FROM parked_dialog ORDER BY 1`),
    ).toEqual([
      { order_key: 'd1', head: '5', attempt: 0, isDue: true },
      { order_key: 'd2', head: '5', attempt: 7, isDue: false },
    ]);
  });

  test('an event that was only for others is nobody else’s loss', async () => {
    await publish(
      db.database,
      draft({ audience: 'owner', owner: '991825827' }),
      draft({ audience: 'others', owner: '991825827' }),
    );
    const [owner] = await subscribe({ identity: `'{"orgNumber": "991825827"}'` }, 0);
    const [other] = await subscribe({}, 0);
    await moveLogStart(db.database, 0, 2);
    expect(await told()).toMatchObject([
      { subscription: owner, positions: ['1'] },
      { subscription: other, positions: ['2'] },
    ]);
  });
});
