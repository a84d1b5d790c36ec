import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { openDatabase, openTestDatabase } from './database.ts';
import { leftBehind, takeStock } from './resources.ts';
import { openServerDirectory, sweepServerDirectories } from './server-directory.ts';
import { openTestServer } from './server.ts';
import { until } from './until.ts';

describe('the check for what is left open', () => {
  // The first test of the file: nothing of an earlier one is still closing and counted in `before`.
  test('sees a server, a connection and a timer, and that they are gone', async () => {
    const before = takeStock();
    const server = createServer().listen(0, '127.0.0.1');
    const timer = setTimeout(() => undefined, 60_000);
    const session = await openDatabase(inject('postgres').url).session('left open');
    const left = leftBehind(before, takeStock());
    expect(left).toEqual(expect.arrayContaining(['1 TCPServerWrap', '1 PipeWrap']));
    expect(left.some((line) => line.endsWith('Timeout'))).toBe(true);
    server.close();
    clearTimeout(timer);
    await session[Symbol.asyncDispose]();
    await until('all three are gone', () => leftBehind(before, takeStock()).length === 0);
  });
});

describe('until', () => {
  test('gives what the condition gives, once that is truthy', async () => {
    let looks = 0;
    expect(await until('it has been looked at three times', () => ++looks >= 3 && looks)).toBe(3);
  });

  test('fails with the sentence and with what the condition threw last', async () => {
    const waiting = until(
      'pigs fly',
      () => {
        throw new Error('they walk');
      },
      { timeout: 20 },
    );
    await expect(waiting).rejects.toMatchObject({
      message: 'waited in vain until pigs fly',
      cause: new Error('they walk'),
    });
  });
});

describe('a test database', () => {
  const BUMP = sql('', `SELECT bump_version('access')`);
  const READ = sql('', `SELECT value FROM version WHERE name = 'access'`);

  test('is migrated and its own', async () => {
    await using one = await openTestDatabase();
    await using two = await openTestDatabase();
    await one.database.query(BUMP);
    expect(await one.database.query(READ)).toEqual([{ value: '1' }]);
    expect(await two.database.query(READ)).toEqual([{ value: '0' }]);
  });

  test('fails the test that leaves a connection to it, and is dropped all the same', async () => {
    const db = await openTestDatabase();
    const forgotten = openDatabase(db.url, { applicationName: 'forgotten' });
    await forgotten.query(READ);
    await expect(db[Symbol.asyncDispose]()).rejects.toMatchObject({
      cause: { message: expect.stringContaining('forgotten') },
    });
    await using server = openDatabase(inject('postgres').url);
    const name = new URL(db.url).pathname.slice(1);
    expect(await server.query(sql('', 'SELECT FROM pg_database WHERE datname = $1'), [name])).toEqual([]);
    await forgotten[Symbol.asyncDispose]();
  });
});

describe('a test server', () => {
  test('stops, starts and is killed under one url, and keeps what was committed', async () => {
    await using server = await openTestServer();
    await using database = openDatabase(server.url);
    await database.query(sql('', 'CREATE TABLE kept AS SELECT 1 AS n'));
    await server.stop();
    await expect(database.query(sql('', 'SELECT 1'))).rejects.toMatchObject({ code: 'database-unavailable' });
    await server.start();
    await database.query(sql('', 'INSERT INTO kept VALUES (2)'));
    await server.kill();
    await server.start();
    expect(await database.query(sql('', 'SELECT n FROM kept ORDER BY n'))).toEqual([{ n: 1 }, { n: 2 }]);
  });

  test('has an identity of its own', async () => {
    await using server = await openTestServer();
    await using own = openDatabase(server.url);
    await using shared = openDatabase(inject('postgres').url);
    const identity = sql('', 'SELECT system_identifier FROM pg_control_system()');
    expect(await own.query(identity)).not.toEqual(await shared.query(identity));
  });

  test('of a run that was killed is stopped and removed by the next run', async () => {
    await using directory = await openServerDirectory();
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const left = join(dirname(directory.path), `budstikka-test-${child.pid}-killed`);
    await mkdir(left, { mode: 0o711 });
    const holder = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'hold-server.ts'), join(left, 'postgres')],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(holder.stdout, 'data');
    const pid = Number.parseInt(await readFile(join(left, 'postgres/data/postmaster.pid'), 'utf8'), 10);
    holder.kill('SIGKILL');
    await once(holder, 'exit');

    await sweepServerDirectories();
    expect(await readdir(dirname(left))).not.toContain(`budstikka-test-${child.pid}-killed`);
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).toBe('');
  });
});
