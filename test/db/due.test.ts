import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { type DueItem, DueWork } from '../../src/db/due.ts';
import { openLog } from '../../src/lib/log.ts';
import { fromEpoch, pause, wallClock } from '../../src/lib/time.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const PLAN = sql(
  'test.plan',
  `INSERT INTO due_work (kind, key, lane, due_at, payload)
   VALUES ($1, $2, 0, clock_timestamp() + $3 * interval '1 millisecond', $4)
       ON CONFLICT (kind, key) DO UPDATE SET due_at = excluded.due_at
   RETURNING due_at`,
);
const LEFT = sql(
  'test.left',
  `SELECT key, attempt, extract(epoch FROM due_at - clock_timestamp()) * 1000 AS "inMs" FROM due_work ORDER BY key`,
);

let db: TestDatabase;
let runners: DueWork[];
beforeEach(async () => {
  db = await openTestDatabase();
  runners = [];
});
afterEach(async () => {
  for (const runner of runners) await runner[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

/** @returns the time it is planned for */
async function plan(key: string, inMs: number, payload: unknown = null, kind = 'job'): Promise<string> {
  const [row] = await db.database.query<{ due_at: string }>(PLAN, [kind, key, inMs, payload]);
  return row!.due_at;
}

async function left(): Promise<{ key: string; attempt: number; inMs: number }[]> {
  const rows = await db.database.query<{ key: string; attempt: number; inMs: string }>(LEFT);
  return rows.map((row) => ({ ...row, inMs: Number(row.inMs) }));
}

type Job = (item: DueItem) => Promise<boolean>;

/** A runner for the kind `job`. */
function run(job: Job, leaseMs?: number): DueWork {
  const log = openLog({ level: 'silent' });
  const runner = new DueWork({
    ...{ database: db.database, handlers: { job }, log },
    ...(leaseMs !== undefined && { leaseMs }),
  });
  runners.push(runner);
  return runner;
}

/** A promise that the test resolves. */
function gate<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let open: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, resolve: (value) => open(value) };
}

describe('work', () => {
  test('is done when its time has come, with what was planned, and then it is gone', async () => {
    await plan('a', 0, { n: 1 });
    const done: DueItem[] = [];
    run(async (item) => done.push(item) > 0);
    await until('nothing is left', async () => (await left()).length === 0);
    expect(done).toMatchObject([{ kind: 'job', key: 'a', payload: { n: 1 }, attempt: 1 }]);
  });

  test('is done on time when it was known before, and when it is told of later', async () => {
    const done = new Map<string, number>();
    const expected = new Map([['early', await plan('early', 700)]]);
    const runner = run(async ({ key }) => done.set(key, wallClock()).size > 0);
    await pause(100);
    expected.set('told', await plan('told', 200));
    runner.planned(expected.get('told') ?? '');
    await until('both are done', () => done.size === 2);
    for (const [key, at] of done) {
      expect(fromEpoch(at) >= (expected.get(key) ?? '')).toBe(true);
      expect(fromEpoch(at - 1000) < (expected.get(key) ?? '')).toBe(true);
    }
  });

  test('that nobody told of is found within a second of a hint', async () => {
    const done: string[] = [];
    const runner = run(async ({ key }) => done.push(key) > 0);
    await pause(100);
    await plan('a', 0);
    runner.hint();
    await until('it is done', () => done.length === 1, { timeout: 5000 });
  });

  test('of another kind is left to those who know it', async () => {
    await plan('a', 0, null, 'unknown');
    await plan('b', 0);
    run(async () => true);
    await until('one is left', async () => (await left()).length === 1);
    expect(await left()).toMatchObject([{ key: 'a', attempt: 0 }]);
  });

  test('that is done comes in the order of its times', async () => {
    const keys = Array.from({ length: 40 }, (_, n) => `k${String(n).padStart(2, '0')}`);
    for (const [n, key] of keys.entries()) await plan(key, n - 100);
    const done: string[] = [];
    run(async ({ key }) => done.push(key) > 0);
    await until('all are done', () => done.length === keys.length);
    // At most a batch of eight is out of order.
    for (const [at, key] of done.entries()) expect(Math.abs(at - keys.indexOf(key))).toBeLessThan(8);
  });
});

describe('work that fails', () => {
  test('is tried again, later each time, until it succeeds', async () => {
    await plan('a', 0);
    const attempts: number[] = [];
    const runner = run(async ({ attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('not now');
      return true;
    });
    for (const [attempt, wait] of [
      [1, 1000],
      [2, 2000],
    ] as const) {
      const [row] = await until('it was tried', async () => {
        const rows = await left();
        return rows[0]?.attempt === attempt && rows[0].inMs < 5000 && rows;
      });
      expect(row!.inMs).toBeGreaterThan(wait - 500);
      expect(row!.inMs).toBeLessThanOrEqual(wait);
      runner.planned(await plan('a', 0));
    }
    await until('it is done', async () => (await left()).length === 0);
    expect(attempts).toEqual([1, 2, 3]);
  });

  test('does not keep other work from being done', async () => {
    await plan('bad', -1000);
    for (const n of [1, 2, 3]) await plan(`good${n}`, 0);
    run(async ({ key }) => {
      if (key === 'bad') throw new Error('never');
      return true;
    });
    await until('only the bad one is left', async () => (await left()).length === 1);
  });

  test('is not logged with what it was planned with', async () => {
    const lines: string[] = [];
    const log = openLog({ level: 'warn', destination: { write: (line) => lines.push(line) > 0 } });
    await plan('a', 0, { secret: 'hush' });
    const job = async () => {
      throw new Error('no');
    };
    runners.push(new DueWork({ database: db.database, handlers: { job }, log }));
    await until('it was tried', () => lines.length > 0);
    expect(lines.join('')).toContain('due work failed');
    expect(lines.join('')).not.toContain('hush');
  });

  test('that has something to do later waits as well', async () => {
    await plan('a', 0);
    run(async () => false);
    await until('it was tried', async () => (await left())[0]?.attempt === 1);
    await until('it waits', async () => ((await left())[0]?.inMs ?? 0) < 2000);
    expect(await left()).toHaveLength(1);
  });
});

describe('several processes', () => {
  test('do each piece of work once', async () => {
    for (let n = 0; n < 100; n++) await plan(`k${n}`, 0);
    const done: string[] = [];
    for (let n = 0; n < 4; n++) {
      run(async ({ key }) => {
        await pause(5);
        return done.push(key) > 0;
      });
    }
    await until('nothing is left', async () => (await left()).length === 0);
    expect(done).toHaveLength(100);
    expect(new Set(done).size).toBe(100);
  });

  test('take over what one of them had taken when it was killed', async () => {
    await plan('a', 0);
    const killed = gate<boolean>();
    const taken = gate<void>();
    run(async () => {
      taken.resolve();
      return killed.promise;
    }, 300);
    await taken.promise;
    const done: DueItem[] = [];
    const other = run(async (item) => done.push(item) > 0, 300);
    expect(done).toEqual([]);
    await pause(300);
    other.hint();
    await until('the other has done it', () => done.length === 1);
    expect(done[0]).toMatchObject({ key: 'a', attempt: 2 });
    killed.resolve(true);
  });

  test('never undo a plan that was made anew while the work was done', async () => {
    await plan('a', 0);
    const taken = gate<void>();
    const replanned = gate<boolean>();
    run(async () => {
      taken.resolve();
      return replanned.promise;
    });
    await taken.promise;
    await plan('a', 60_000);
    replanned.resolve(true);
    for (const runner of runners.splice(0)) await runner[Symbol.asyncDispose]();
    expect((await left())[0]?.inMs).toBeGreaterThan(50_000);
  });
});

describe('a runner', () => {
  test('ends only when what it has taken is done', async () => {
    await plan('a', 0);
    const taken = gate<void>();
    const free = gate<void>();
    const runner = run(async () => {
      taken.resolve();
      await free.promise;
      return true;
    });
    await taken.promise;
    const ended = runner[Symbol.asyncDispose]();
    expect(await left()).toHaveLength(1);
    free.resolve();
    await ended;
    expect(await left()).toEqual([]);
  });

  test('asks the database once and then sleeps when there is nothing to do', async () => {
    const asked: string[] = [];
    const { database } = db;
    const counting = {
      query: <Row extends object>(...args: Parameters<typeof database.query>) => {
        asked.push(args[0].name);
        return database.query<Row>(...args);
      },
    };
    const log = openLog({ level: 'silent' });
    runners.push(new DueWork({ database: counting, handlers: { job: async () => true }, log }));
    await pause(1500);
    expect(asked).toEqual(['due.claim']);
  });
});
