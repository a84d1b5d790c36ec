import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Database, isDatabaseError, sql } from '../../src/db/database.ts';
import { openLog } from '../../src/lib/log.ts';
import { openDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts';
import { openTestServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const ADD = sql('test.add', 'INSERT INTO thing (name) VALUES ($1) RETURNING name');
const NAMES = sql('test.names', 'SELECT name FROM thing ORDER BY name');
const BACKEND = sql('test.backend', 'SELECT pg_backend_pid() AS pid');
const END_BACKEND = sql('test.end-backend', 'SELECT pg_terminate_backend($1) AS ended');
const BREAK = sql('test.break', 'SELECT 1 / 0');

let db: TestDatabase;
/** The same database through a pool of one connection, so that whoever leaves it dirty is found out. */
let single: Database;

beforeAll(async () => {
  db = await openTestDatabase();
  await db.database.query(
    sql(
      '',
      'CREATE TABLE thing (name text PRIMARY KEY, twin text, UNIQUE (twin) DEFERRABLE INITIALLY DEFERRED)',
    ),
  );
  single = new Database({
    url: db.url,
    maxConnections: 1,
    applicationName: 'single',
    log: openLog({ level: 'silent' }),
    connectTimeout: 2000,
    statementTimeout: 20_000,
  });
});

afterAll(async () => {
  await single[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await db.database.query(sql('', 'TRUNCATE thing'));
});

async function names(): Promise<string[]> {
  return (await db.database.query<{ name: string }>(NAMES)).map((row) => row.name);
}

/** The one connection of `single`, to see whether it stays the same. */
async function backend(): Promise<number> {
  const [row] = await single.query<{ pid: number }>(BACKEND);
  return row!.pid;
}

describe('a query', () => {
  test('gives rows, timestamps as wire text and bigint as text', async () => {
    const rows = await db.database.query(
      sql('', `SELECT timestamptz '2026-01-02 03:04:05.1+02' AS at, 9007199254740993::bigint AS big`),
    );
    expect(rows).toEqual([{ at: '2026-01-02T01:04:05.1000000Z', big: '9007199254740993' }]);
  });

  test('that fails leaves its connection in the pool', async () => {
    const before = await backend();
    await expect(single.query(BREAK)).rejects.toSatisfy((thrown) => isDatabaseError(thrown, '22012'));
    expect(await backend()).toBe(before);
  });

  test('that loses its connection is unavailable, and the next one gets a new connection', async () => {
    const before = await backend();
    await expect(
      single.query(sql('', 'SELECT pg_terminate_backend(pg_backend_pid())')),
    ).rejects.toMatchObject({
      code: 'database-unavailable',
    });
    expect(await backend()).not.toBe(before);
  });

  test('survives the loss of an idle connection', async () => {
    const before = await backend();
    await db.database.query(END_BACKEND, [before]);
    await until('the pool has noticed', async () => (await backend().catch(() => before)) !== before);
  });

  test('is unavailable when every connection is taken for longer than it may wait', async () => {
    const impatient = openDatabase(db.url, { maxConnections: 1, connectTimeout: 50 });
    await impatient.transaction(async () => {
      await expect(impatient.query(BACKEND)).rejects.toMatchObject({ code: 'database-unavailable' });
    });
    await impatient[Symbol.asyncDispose]();
  });

  test('is ended by PostgreSQL after its time', async () => {
    const hasty = openDatabase(db.url, { statementTimeout: 50 });
    await expect(hasty.query(sql('', 'SELECT pg_sleep(10)'))).rejects.toSatisfy((thrown) =>
      isDatabaseError(thrown, '57014'),
    );
    await hasty[Symbol.asyncDispose]();
  });
});

describe('a transaction', () => {
  test('commits what its work did and gives what it returned', async () => {
    const result = await single.transaction(async (transaction) => {
      await transaction.query(ADD, ['a']);
      expect(await names()).toEqual([]);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await names()).toEqual(['a']);
  });

  test('leaves nothing of work that throws, and throws it on', async () => {
    const before = await backend();
    const thrown = new Error('the work thought better of it');
    await expect(
      single.transaction(async (transaction) => {
        await transaction.query(ADD, ['a']);
        throw thrown;
      }),
    ).rejects.toBe(thrown);
    expect(await names()).toEqual([]);
    expect(await backend()).toBe(before);
  });

  test('whose statement failed is not committed, even if the work goes on', async () => {
    const before = await backend();
    await expect(
      single.transaction(async (transaction) => {
        await transaction.query(ADD, ['a']);
        await transaction.query(BREAK).catch(() => undefined);
      }),
    ).rejects.toThrow('COMMIT was answered with ROLLBACK');
    expect(await names()).toEqual([]);
    expect(await backend()).toBe(before);
  });

  test('fails when the commit does, and leaves nothing', async () => {
    await expect(
      single.transaction((transaction) =>
        transaction.query(sql('', `INSERT INTO thing VALUES ('a', 'same'), ('b', 'same')`)),
      ),
    ).rejects.toSatisfy((thrown) => isDatabaseError(thrown, '23505', 'thing_twin_key'));
    expect(await names()).toEqual([]);
  });

  test('that is silent for more than a second is ended, and so is its connection', async () => {
    const before = await backend();
    await expect(
      single.transaction(async (transaction) => {
        await transaction.query(ADD, ['a']);
        await until('PostgreSQL has ended the session', async () => {
          const rows = await db.database.query(
            sql('', `SELECT FROM pg_stat_activity WHERE application_name = 'single'`),
          );
          return rows.length === 0;
        });
        await transaction.query(ADD, ['b']);
      }),
    ).rejects.toMatchObject({ code: 'database-unavailable' });
    expect(await names()).toEqual([]);
    expect(await backend()).not.toBe(before);
  });

  test('that loses its connection is unavailable, and the next one gets a new connection', async () => {
    const before = await backend();
    await expect(
      single.transaction(async (transaction) => {
        await transaction.query(ADD, ['a']);
        await db.database.query(END_BACKEND, [before]);
        await transaction.query(ADD, ['b']);
      }),
    ).rejects.toMatchObject({ code: 'database-unavailable' });
    expect(await names()).toEqual([]);
    expect(await backend()).not.toBe(before);
  });
});

describe('commitWith', () => {
  test('runs the last statement and commits', async () => {
    const rows = await single.transaction(async (transaction) => {
      await transaction.query(ADD, ['a']);
      return transaction.commitWith(ADD, ['b']);
    });
    expect(rows).toEqual([{ name: 'b' }]);
    expect(await names()).toEqual(['a', 'b']);
  });

  test('has committed when it resolves', async () => {
    await single.transaction(async (transaction) => {
      await transaction.commitWith(ADD, ['a']);
      expect(await names()).toEqual(['a']);
    });
  });

  test('leaves nothing when its statement fails, and a clean connection', async () => {
    const before = await backend();
    await expect(
      single.transaction(async (transaction) => {
        await transaction.query(ADD, ['a']);
        await transaction.commitWith(ADD, ['a']);
      }),
    ).rejects.toSatisfy((thrown) => isDatabaseError(thrown, '23505', 'thing_pkey'));
    expect(await names()).toEqual([]);
    expect(await single.transaction((transaction) => transaction.query(ADD, ['c']))).toEqual([{ name: 'c' }]);
    expect(await backend()).toBe(before);
  });

  test('fails when the commit does', async () => {
    await expect(
      single.transaction(async (transaction) => {
        await transaction.query(sql('', `INSERT INTO thing VALUES ('a', 'same')`));
        await transaction.commitWith(sql('', `INSERT INTO thing VALUES ('b', 'same')`));
      }),
    ).rejects.toSatisfy((thrown) => isDatabaseError(thrown, '23505', 'thing_twin_key'));
    expect(await names()).toEqual([]);
  });

  test('is the end: what comes after is refused and not run outside', async () => {
    await expect(
      single.transaction(async (transaction) => {
        await transaction.commitWith(ADD, ['a']);
        await transaction.query(ADD, ['b']);
      }),
    ).rejects.toThrow('test.add comes after the end of its transaction');
    expect(await names()).toEqual(['a']);
  });

  test('needs no answer between its statement and the commit', async () => {
    await using link = await openLink(db.url);
    await using far = openDatabase(link.url);
    const written = far.transaction(async (transaction) => {
      await transaction.query(ADD, ['a']);
      link.holdBack();
      await transaction.commitWith(ADD, ['b']);
    });
    await until('both are committed', async () => (await names()).length === 2);
    link.letThrough();
    await written;
  });
});

/** A connection to PostgreSQL whose answers can be held back. */
async function openLink(url: string) {
  const answers: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(join(new URL(url).searchParams.get('host')!, '.s.PGSQL.5432'));
    near.pipe(far);
    near.on('close', () => far.destroy());
    far.on('data', (answer) => near.write(answer)).on('end', () => near.end());
    answers.push(far);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const through = new URL(url);
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  through.searchParams.delete('host');
  return {
    url: through.href,
    holdBack: () => answers.forEach((far) => far.pause()),
    letThrough: () => answers.forEach((far) => far.resume()),
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a server that has gone silent', () => {
  test('is waited for no longer than a statement may take, and then the next connection is a new one', async () => {
    await using link = await openLink(db.url);
    await using far = openDatabase(link.url, { maxConnections: 1, statementTimeout: 100 });
    const [before] = await far.query<{ pid: number }>(BACKEND);
    link.holdBack();
    await expect(far.query(NAMES)).rejects.toMatchObject({ code: 'database-unavailable' });
    link.letThrough();
    const [after] = await far.query<{ pid: number }>(BACKEND);
    expect(after?.pid).not.toBe(before?.pid);
  });

  test('ends a transaction and a session likewise', async () => {
    await using link = await openLink(db.url);
    await using far = openDatabase(link.url, { statementTimeout: 100 });
    await using session = await far.session('follow');
    const held = far.transaction(async (transaction) => {
      await transaction.query(ADD, ['a']);
      link.holdBack();
      const asked = [transaction.query(ADD, ['b']), session.query(BACKEND)];
      const [first, second] = await Promise.allSettled(asked);
      expect(second).toMatchObject({ status: 'rejected', reason: { code: 'database-unavailable' } });
      if (first?.status === 'rejected') throw first.reason;
    });
    await expect(held).rejects.toMatchObject({ code: 'database-unavailable' });
    await until('the session knows', () => session.lost.aborted);
    expect(await names()).toEqual([]);
  });

  test('is not one that takes the time that a statement was given', async () => {
    await using patient = await db.database.session('patient', { statementTimeout: 30_000 });
    await using hasty = openDatabase(db.url, { statementTimeout: 100 });
    const slow = sql('test.slow', 'SELECT FROM pg_sleep(2.5)', 3000);
    const answers = await hasty.transaction(async (transaction) => {
      await transaction.query(sql('', `SELECT set_config('statement_timeout', '3s', true)`));
      return Promise.all([transaction.query(slow), patient.query(sql('', 'SELECT FROM pg_sleep(2.5)'))]);
    });
    expect(answers).toEqual([[{}], [{}]]);
  });
});

describe('a session', () => {
  test('is one connection, named after its purpose', async () => {
    await using session = await db.database.session('follow');
    await session.query(sql('', 'CREATE TEMPORARY TABLE mine AS SELECT 1 AS n'));
    expect(await session.query(sql('', 'SELECT n FROM mine'))).toEqual([{ n: 1 }]);
    expect(await session.query(sql('', 'SHOW application_name'))).toEqual([
      { application_name: 'test follow' },
    ]);
    expect(session.lost.aborted).toBe(false);
  });

  test('says when it is lost, and refuses what comes after', async () => {
    await using session = await db.database.session('follow');
    const [row] = await session.query<{ pid: number }>(BACKEND);
    await db.database.query(END_BACKEND, [row!.pid]);
    await until('the session knows', () => session.lost.aborted);
    await expect(session.query(BACKEND)).rejects.toMatchObject({ code: 'database-unavailable' });
  });

  test('to a database that is not there is unavailable', async () => {
    const nowhere = openDatabase(db.url.replace(/test_\w+/, 'test_nowhere'));
    await expect(nowhere.session('follow')).rejects.toMatchObject({ code: 'database-unavailable' });
    await nowhere[Symbol.asyncDispose]();
  });
});

test('the pool outlives a server that is killed and comes back', async () => {
  await using server = await openTestServer();
  await using database = openDatabase(server.url);
  await database.query(sql('', 'CREATE TABLE kept AS SELECT 1 AS n'));
  const writing = database.transaction(async (transaction) => {
    await transaction.query(sql('', 'INSERT INTO kept VALUES (2)'));
    await server.kill();
    await transaction.query(sql('', 'INSERT INTO kept VALUES (3)'));
  });
  await expect(writing).rejects.toMatchObject({ code: 'database-unavailable' });
  await expect(database.query(NAMES)).rejects.toMatchObject({ code: 'database-unavailable' });
  await server.start();
  expect(await database.query(sql('', 'SELECT n FROM kept'))).toEqual([{ n: 1 }]);
});
