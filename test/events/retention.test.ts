import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Queries, sql } from '../../src/db/database.ts';
import { keepHouse } from '../../src/events/housekeeping.ts';
import { readLogStart } from '../../src/events/retention-queries.ts';
import { openLog } from '../../src/lib/log.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { draft, openWriter, positionsAfter, publish } from '../support/log.ts';
import { until } from '../support/until.ts';

const WIDTH = 2 ** 32;
const RETENTION_DAYS = 30;

let db: TestDatabase;
beforeEach(async () => {
  db = await openTestDatabase();
});
afterEach(() => db[Symbol.asyncDispose]());

const lines: string[] = [];
const log = openLog({ level: 'info', destination: { write: (line) => lines.push(line) > 0 } });
beforeEach(() => {
  lines.length = 0;
});

/** One round of housekeeping; without a grace unless given. */
function round(graceMs = 0): Promise<void> {
  const options = { database: db.database, retentionDays: RETENTION_DAYS, log, graceMs };
  return keepHouse(options, new AbortController().signal);
}

function run<Row extends object>(text: string, queries: Queries = db.database): Promise<Row[]> {
  return queries.query<Row>(sql('', text));
}

/** Makes everything that is in the log look so many days older. */
function age(days: number): Promise<unknown> {
  return run(`UPDATE event SET appended_at = appended_at - interval '${days} days'`);
}

async function partitions(): Promise<string[]> {
  const rows = await run<{ name: string }>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'event'::regclass ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

async function tables(): Promise<string[]> {
  const rows = await run<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '^event_p[0-9]+$' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

describe('partitions', () => {
  test('two empty ones are put ahead again, and the log is not cut before its week is over', async () => {
    await publish(db.database, draft());
    await age(6.9);
    await run('ALTER TABLE event DETACH PARTITION event_p1');
    await run('DROP TABLE event_p1');
    await round();
    expect(await partitions()).toEqual(['event_p0', 'event_p1', 'event_p2']);
    expect(await publish(db.database, draft())).toEqual([2]);
  });

  test('a week after its first event a partition is followed by the next, and two lie ahead again', async () => {
    await publish(db.database, draft());
    await age(7.1);
    await publish(db.database, draft());
    await round();
    expect(await publish(db.database, draft())).toEqual([WIDTH + 1]);
    expect(await partitions()).toEqual(['event_p0', 'event_p1', 'event_p2', 'event_p3']);
    await round();
    expect(await publish(db.database, draft())).toEqual([WIDTH + 2]);
  });

  test('an empty log is never cut', async () => {
    for (let n = 0; n < 3; n++) await round();
    expect(await publish(db.database, draft())).toEqual([1]);
  });
});

describe('what retention has passed', () => {
  /** Two events that are old, in a partition of their own and announced, and one that is new. */
  async function oldAndNew(): Promise<void> {
    await publish(db.database, draft(), draft());
    await age(RETENTION_DAYS + 1);
    await round();
    await publish(db.database, draft());
  }

  test('is announced first and goes in the next round, and nothing else goes', async () => {
    await oldAndNew();
    expect((await readLogStart(db.database)).position).toBe(2);
    expect(await positionsAfter(db.database, 0)).toEqual([1, 2, WIDTH + 1]);
    await round();
    expect(await positionsAfter(db.database, 0)).toEqual([WIDTH + 1]);
    expect(await tables()).toEqual(['event_p1', 'event_p2', 'event_p3']);
  });

  test('does not go before those who read when it was announced have had their time', async () => {
    await oldAndNew();
    await round(60_000);
    await round(60_000);
    expect(await positionsAfter(db.database, 0)).toEqual([1, 2, WIDTH + 1]);
  });

  test('stays as long as its newest event is young enough', async () => {
    await publish(db.database, draft());
    await age(RETENTION_DAYS + 1);
    await publish(db.database, draft());
    for (let n = 0; n < 4; n++) await round();
    expect(await positionsAfter(db.database, 0)).toEqual([1, 2]);
  });

  test('never goes from the middle: what lies before must go first', async () => {
    await oldAndNew();
    await run('SELECT cut_log(1)');
    await run(
      `UPDATE event SET appended_at = CASE WHEN position < ${WIDTH} THEN now() ELSE '2020-01-01' END`,
    );
    for (let n = 0; n < 3; n++) await round();
    expect(await positionsAfter(db.database, 0)).toEqual([1, 2, WIDTH + 1]);
  });

  test('goes with empty partitions that were cut in vain', async () => {
    await oldAndNew();
    await run('SELECT cut_log(1)');
    await run('SELECT cut_log(2)');
    await run(`DELETE FROM event WHERE position > ${WIDTH}`);
    await publish(db.database, draft());
    for (let n = 0; n < 3; n++) await round();
    expect(await tables()).toEqual(['event_p3', 'event_p4', 'event_p5']);
  });

  test('waits for an append that is still open on this side of the cut', async () => {
    await using writer = await openWriter(db.database);
    await writer.run('BEGIN');
    const [open] = await writer.append(draft());
    await run('SELECT cut_log(0)');
    for (let n = 0; n < 3; n++) await round();
    await writer.run('COMMIT');
    expect(await positionsAfter(db.database, 0)).toEqual([open]);
  });

  test('goes although somebody was interrupted half-way through taking it out', async () => {
    await oldAndNew();
    await using reader = await openWriter(db.database);
    await reader.run('BEGIN');
    await reader.run('SELECT count(*) FROM event');
    await using other = await db.database.session('interrupted');
    await other.query(sql('', `SET lock_timeout = '50ms'`));
    const detaching = other.query(sql('', 'ALTER TABLE event DETACH PARTITION event_p0 CONCURRENTLY'));
    await expect(detaching).rejects.toMatchObject({ code: '55P03' });
    const half = `SELECT FROM pg_inherits WHERE inhdetachpending`;
    expect(await run(half)).toHaveLength(1);
    // Others go on writing and reading, and partitions can be put ahead.
    await publish(db.database, draft());
    await run('SELECT ensure_partitions(9)');
    await reader.run('COMMIT');
    await round();
    expect(await run(half)).toEqual([]);
    expect(await tables()).not.toContain('event_p0');
    expect(await positionsAfter(db.database, 0)).toEqual([WIDTH + 1, WIDTH + 2]);
  });

  test('is dropped when somebody died between taking it out and dropping it', async () => {
    await oldAndNew();
    await run('ALTER TABLE event DETACH PARTITION event_p0');
    await round();
    expect(await tables()).toEqual(['event_p1', 'event_p2', 'event_p3']);
  });

  test('is not dropped, whoever took it out, while it holds what was never announced', async () => {
    await publish(db.database, draft());
    await run('SELECT cut_log(0)');
    await run('ALTER TABLE event DETACH PARTITION event_p0');
    await round();
    expect(await tables()).toContain('event_p0');
  });
});

describe('one process at a time', () => {
  test('does the round; whoever comes meanwhile leaves it', async () => {
    await using holder = await db.database.session('holder');
    await holder.query(sql('', 'SELECT pg_advisory_lock(1, 2)'));
    await run('ALTER TABLE event DETACH PARTITION event_p2');
    await run('DROP TABLE event_p2');
    await round();
    expect(await partitions()).toEqual(['event_p0', 'event_p1']);
    await holder[Symbol.asyncDispose]();
    await until('the lease is free', async () => {
      await round();
      return (await partitions()).length === 3;
    });
  });

  test('a step that fails keeps no other one back, and is logged', async () => {
    await run('DROP TABLE dead_letter');
    await publish(db.database, draft());
    await age(8);
    await round();
    expect(await publish(db.database, draft())).toEqual([WIDTH + 1]);
    expect(lines.join('')).toContain('a step of housekeeping is left for the next round');
  });
});

describe('days', () => {
  const noted = () =>
    run<{ day: string; position: string }>('SELECT day::text, position FROM log_day ORDER BY day');

  test('the beginning of today is noted once', async () => {
    await publish(db.database, draft(), draft());
    await run(`UPDATE event SET appended_at = date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
                                              - interval '1 hour' WHERE position = 1`);
    await round();
    const [day] = await noted();
    expect(day).toEqual({ day: new Intl.DateTimeFormat('sv', { timeZone: 'UTC' }).format(), position: '1' });
    await publish(db.database, draft());
    await round();
    expect(await noted()).toEqual([day]);
  });

  test('a position is found by its time, across partitions and holes', async () => {
    for (let hour = 0; hour < 40; hour++) {
      await publish(db.database, draft());
      if (hour % 13 === 12) await run(`SELECT cut_log(${Math.floor(hour / 13)})`);
    }
    await run(`UPDATE event e SET appended_at = '2026-01-01T00:00:00Z'::timestamptz + n.place * interval '1 hour'
                 FROM (SELECT position, row_number() OVER (ORDER BY position) - 1 AS place FROM event) n
                WHERE n.position = e.position`);
    await run('DELETE FROM event WHERE position % 5 = 0');
    for (const hour of [-1, 0, 7, 12, 13, 26, 31, 39, 50]) {
      const time = `'2026-01-01T00:00:00Z'::timestamptz + interval '${hour} hours'`;
      const [found] = await run<{ position: string }>(`SELECT log_position_at(${time}) AS position`);
      const [expected] = await run<{ position: string }>(
        `SELECT coalesce(max(position), 0) AS position FROM event WHERE appended_at < ${time}`,
      );
      expect(found).toEqual(expected);
    }
  });
});
