import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../src/db/embedded.ts';
import { Failure } from '../../src/lib/errors.ts';
import { openLog } from '../../src/lib/log.ts';
import { openServerDirectory, type ServerDirectory } from '../support/server-directory.ts';
import { until } from '../support/until.ts';

const log = openLog({ level: 'silent' });

let directory: ServerDirectory;

beforeAll(async () => {
  directory = await openServerDirectory();
});

afterAll(async () => {
  await directory[Symbol.asyncDispose]();
});

/** Starts in the folder of that name; one that exists already is started, not made. */
function start(name: string, options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ directory: join(directory.path, name), log, ...options });
}

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

async function pidOf(name: string): Promise<number> {
  return Number.parseInt(await readFile(join(directory.path, name, 'data', 'postmaster.pid'), 'utf8'), 10);
}

async function failure(promise: Promise<unknown>): Promise<Failure> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Failure) return thrown;
  throw new Error(`no Failure but ${String(thrown)}`);
}

test('a new directory becomes a database that keeps what was committed, and starts faster again', async () => {
  const create = await timed(() => start('one'));
  expect(create.result.origin).toBe('created');
  expect(await ask(create.result.url, 'SELECT current_database(), current_user')).toEqual([
    'budstikka',
    'budstikka',
  ]);
  await ask(create.result.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await create.result[Symbol.asyncDispose]();

  const again = await timed(() => start('one'));
  expect(again.result.origin).toBe('started');
  expect(await ask(again.result.url, 'SELECT answer FROM kept')).toEqual([42]);
  expect(again.milliseconds).toBeLessThan(create.milliseconds / 2);
  await again.result[Symbol.asyncDispose]();
});

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; milliseconds: number }> {
  const begun = performance.now();
  return { result: await work(), milliseconds: performance.now() - begun };
}

test('it is durable and small, and the settings given go over ours', async () => {
  await using server = await start('one', { settings: { work_mem: '7MB', max_connections: '50' } });
  const names = [
    'fsync',
    'synchronous_commit',
    'shared_buffers',
    'max_connections',
    'work_mem',
    'listen_addresses',
  ];
  const shown = await Promise.all(names.map((name) => ask(server.url, `SHOW ${name}`)));
  expect(shown.flat()).toEqual(['on', 'on', '64MB', '50', '7MB', '']);
});

test('text is compared by code point and its case is known beyond ASCII', async () => {
  await using server = await start('one');
  expect(await ask(server.url, `SELECT lower('ÆRLIGHET Å'), 'Z' < 'a', 'å' > 'z'`)).toEqual([
    'ærlighet å',
    true,
    true,
  ]);
});

test('what a statement says never reaches the log of the server', async () => {
  await using server = await start('one');
  await expect(ask(server.url, `SELECT 'secret-in-statement'::integer`)).rejects.toThrow('invalid input');
  const folder = join(directory.path, 'one', 'log');
  const logs = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  expect(logs.join('')).toContain('ready to accept connections');
  expect(logs.join('')).not.toContain('secret-in-statement');
});

test('two users share one server, and the last to go stops it', async () => {
  const first = await start('one');
  const second = await start('one');
  expect(second.origin).toBe('adopted');
  expect(second.url).toBe(first.url);
  await first[Symbol.asyncDispose]();
  expect(await ask(second.url, 'SELECT 1')).toEqual([1]);
  await second[Symbol.asyncDispose]();
  await expect(ask(second.url, 'SELECT 1')).rejects.toThrow(/ENOENT/);
});

test('processes that start on a new directory at the same moment share one server', async () => {
  const servers = await Promise.all([start('race'), start('race'), start('race')]);
  expect(servers.filter((server) => server.origin === 'adopted')).toHaveLength(2);
  await ask(servers[0].url, 'CREATE TABLE shared ()');
  expect(await ask(servers[2].url, `SELECT to_regclass('shared') IS NOT NULL`)).toEqual([true]);
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  expect(await readdir(join(directory.path, 'race', 'run'))).toEqual([]);
});

test('stopping and starting at the same moment ends with a server that answers', async () => {
  let server = await start('one');
  for (let round = 0; round < 5; round++) {
    const [next] = await Promise.all([start('one'), server[Symbol.asyncDispose]()]);
    expect(await ask(next.url, 'SELECT 1')).toEqual([1]);
    server = next;
  }
  await server[Symbol.asyncDispose]();
});

test('a server left behind by a killed process is adopted, and stopped in the end', async () => {
  const child = await startElsewhere('one');
  const pid = await pidOf('one');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const server = await start('one');
  expect(server.origin).toBe('adopted');
  expect(await pidOf('one')).toBe(pid);
  // The lock of the killed process goes when PostgreSQL notices that its connection is gone.
  await until('the killed process holds nothing', async () => {
    const [held] = await ask(
      server.databaseUrl('postgres'),
      `SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory'`,
    );
    return held === 1;
  });
  await server[Symbol.asyncDispose]();
  await expect(ask(server.url, 'SELECT 1')).rejects.toThrow(/ENOENT/);
});

/** A process of its own that starts the server and waits to be killed. */
async function startElsewhere(name: string): Promise<ChildProcessByStdio<null, Readable, null>> {
  const script = join(import.meta.dirname, '../support/hold-server.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, join(directory.path, name)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('Ctrl-C in a terminal does not reach the server: its process group is another one', async () => {
  await using server = await start('one');
  expect(server.origin).toBe('started');
  const { stdout } = await promisify(execFile)('ps', [
    '-o',
    'pgid=',
    '-p',
    `${await pidOf('one')},${process.pid}`,
  ]);
  const groups = stdout.trim().split(/\s+/);
  expect(new Set(groups).size).toBe(2);
});

test('a killed server comes back with everything that was committed', async () => {
  let server = await start('one');
  await ask(server.url, 'CREATE TABLE committed (n integer)');
  for (let round = 1; round <= 3; round++) {
    await ask(server.url, `INSERT INTO committed VALUES (${round})`);
    // A backend at work notices late that its postmaster is gone, and holds the shared memory until then.
    const busy = ask(server.url, 'SELECT sum(n) FROM generate_series(1, 5000000) n').catch(() => undefined);
    process.kill(await pidOf('one'), 'SIGKILL');
    server = await start('one');
    expect(server.origin).toBe('started');
    await busy;
  }
  expect(await ask(server.url, 'SELECT count(*)::int FROM committed')).toEqual([3]);
  await server[Symbol.asyncDispose]();
});

test('a pid file whose number now belongs to another process is not believed', async () => {
  await (await start('one'))[Symbol.asyncDispose]();
  const lines = [
    process.pid,
    join(directory.path, 'one', 'data'),
    '1',
    '5432',
    join(directory.path, 'one', 'run'),
    '',
  ];
  await writeFile(join(directory.path, 'one', 'data', 'postmaster.pid'), `${lines.join('\n')}\n`);
  await using server = await start('one');
  expect(server.origin).toBe('started');
});

test('disposing again does nothing', async () => {
  const server = await start('one');
  await server[Symbol.asyncDispose]();
  await expect(server[Symbol.asyncDispose]()).resolves.toBeUndefined();
});

test('loopback TCP has a free port and a password', async () => {
  await using server = await start('one', { listen: 'loopback' });
  expect(new URL(server.url).hostname).toBe('127.0.0.1');
  expect(await ask(server.url, `SELECT 1`)).toEqual([1]);
  const wrong = new URL(server.url);
  wrong.password = 'guess';
  await expect(ask(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
});

test('a directory too deep for a socket path gets a short one elsewhere', async () => {
  const deep = join('deep', 'x'.repeat(120), 'one');
  await mkdir(join(directory.path, deep), { recursive: true });
  const server = await start(deep);
  const folder = new URL(server.url).searchParams.get('host');
  expect(folder?.length).toBeLessThan(100);
  expect(await ask(server.url, 'SELECT 1')).toEqual([1]);
  await server[Symbol.asyncDispose]();
  await expect(readdir(folder!)).rejects.toThrow(/ENOENT/);
});

test('data of another major version is refused', async () => {
  await mkdir(join(directory.path, 'newer', 'data'), { recursive: true });
  await writeFile(join(directory.path, 'newer', 'data', 'PG_VERSION'), '99\n');
  const refused = await failure(start('newer'));
  expect(refused.code).toBe('database-newer');
  expect(refused.message).toMatch(/belongs to PostgreSQL 99 and this is PostgreSQL \d+/);
});

test('a directory that something else lives in is refused', async () => {
  await mkdir(join(directory.path, 'foreign', 'photos'), { recursive: true });
  const refused = await failure(start('foreign'));
  expect(refused.code).toBe('database-start');
  expect(refused.message).toContain('photos');
});

test('a setting that PostgreSQL does not know is named', async () => {
  const refused = await failure(start('one', { settings: { no_such_setting: '1' } }));
  expect(refused.code).toBe('database-start');
  expect(refused.message).toContain('no_such_setting');
});

test('an interrupted first start leaves nothing in the way of the next', async () => {
  await mkdir(join(directory.path, 'interrupted', 'new-abcdef'), { recursive: true });
  await using server = await start('interrupted');
  expect(server.origin).toBe('created');
});

test('nothing of the server listens on a fixed port', async () => {
  await using taken = createServer().listen(5432, '127.0.0.1');
  await once(taken, 'listening');
  await using server = await start('one', { listen: 'loopback' });
  expect(new URL(server.url).port).not.toBe('5432');
});
