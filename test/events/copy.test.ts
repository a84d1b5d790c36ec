import pg from 'pg';
import { expect, test } from 'vitest';
import { copyEvents } from '../../scripts/stress/copy.ts';
import { sql } from '../../src/db/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { draft, page, publish } from '../support/log.ts';

const ROWS = sql(
  'test.rows',
  `SELECT to_jsonb(e) - 'position' - 'appended_at' AS row FROM event e ORDER BY position`,
);

const events = [
  draft({
    ...{
      change: 7,
      dialogSequence: 3,
      resourceInstance: 'æ',
      subject: 'urn:altinn:party',
      trace: '00-a-b-01',
    },
    ...{ time: '2026-01-02T03:04:05.1234560Z', bytes: '{"a":"tab\\t, \\\\ and\\n",\t"b":\r\n"ø"}' },
  }),
  draft({ audience: 'owner' }),
];

test('what COPY puts into the log is what an append puts there', async () => {
  await using server = await openTestDatabase();
  const { database, url } = server;
  await publish(database, ...events);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await copyEvents(client, events);
  await client.end();
  const rows = (await database.query<{ row: object }>(ROWS)).map(({ row }) => row);
  expect(rows).toHaveLength(4);
  expect(rows.slice(2)).toEqual(rows.slice(0, 2));
  const { rows: read, next } = await page(database, 0);
  expect(read.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
  expect(next).toBe(4);
});
