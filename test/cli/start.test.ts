import { cp, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { sql } from '../../src/db/database.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { buildProgram, type Ended, type Env, type Program } from './program.ts';

let db: TestDatabase;
// Whole processes are started, some of them three times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let program: Program;
let taken: Server;
beforeAll(async () => {
  db = await openTestDatabase();
  program = await buildProgram();
  taken = createServer().listen(0, '127.0.0.1');
});
afterAll(async () => {
  await new Promise((resolve) => taken.close(resolve));
  await db[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
});

const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
const ISSUERS = JSON.stringify([
  { issuer: 'https://issuer.example.no', jwks: 'https://issuer.example.no/jwks', audience: 'budstikka' },
]);

/** Everything that production needs. */
function production(more: Env = {}): Env {
  return { DATABASE_URL: db.url, BASE_URL: 'https://dialog.example.no', MASTER_KEY, ISSUERS, ...more };
}

/** Lines of standard error, for a program that ended with code 1 and no stack trace. */
function explanation({ code, stdout, stderr }: Ended): string[] {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  const lines = stderr.trimEnd().split('\n');
  expect(lines.filter((line) => /^\s+at /.test(line))).toEqual([]);
  return lines.filter((line) => !line.startsWith('{'));
}

describe('production does not start', () => {
  test('without its settings, and names each in one line', async () => {
    const lines = explanation(await program.run(['serve']));
    expect(lines.slice(1).map((line) => line.trim().split(' ')[0])).toEqual([
      'BUDSTIKKA_BASE_URL',
      'BUDSTIKKA_DATABASE_URL',
      'BUDSTIKKA_MASTER_KEY',
      'BUDSTIKKA_ISSUERS',
    ]);
  });

  test('on a port that is taken', async () => {
    const { port } = taken.address() as AddressInfo;
    const lines = explanation(await program.run(['serve'], production({ PORT: String(port) })));
    expect(lines).toEqual([
      `Port ${port} on 127.0.0.1 is taken. End the other program or set BUDSTIKKA_PORT.`,
    ]);
  });

  test('on an address that is not its own', async () => {
    const lines = explanation(await program.run(['serve'], production({ HOST: '192.0.2.1', PORT: '0' })));
    expect(lines).toEqual([expect.stringContaining('192.0.2.1')]);
  });

  test('without its database', async () => {
    const url = `postgres://nobody:secret@127.0.0.1:${await freePort()}/none`;
    const lines = explanation(await program.run(['serve'], production({ DATABASE_URL: url })));
    expect(lines).toEqual([expect.stringContaining('PostgreSQL does not let this program in')]);
    expect(lines.join('\n')).not.toContain('secret');
  });

  test('on a database of a newer version', async () => {
    await using newer = await openTestDatabase();
    const claim = `INSERT INTO migration (number, name, checksum, breaking) VALUES (999999, '999999_later', 'x', true)`;
    await newer.database.query(sql('', claim));
    const lines = explanation(await program.run(['serve'], production({ DATABASE_URL: newer.url })));
    expect(lines).toEqual([expect.stringMatching(/999999_later.*start the newer version/)]);
  });

  test('with a policy that cannot be read, and names the file', async () => {
    const registry = join(program.folder, 'registry');
    await cp('examples/registry', registry, { recursive: true });
    await writeFile(join(registry, 'resources/super-simple-service.policy.xml'), '<Policy');
    const lines = explanation(await program.run(['serve'], production({ REGISTRY_DIR: registry })));
    expect(lines[1]).toContain('resources/super-simple-service.policy.xml');
    expect(lines).toHaveLength(2);
  });

  test('with a master key that does not open what another one sealed', async () => {
    await using sealed = await openTestDatabase();
    const env = { DATABASE_URL: sealed.url, MASTER_KEY };
    expect((await program.run(['keys', 'rotate', 'mask'], env)).code).toBe(0);
    const other = Buffer.alloc(32, 8).toString('base64');
    const lines = explanation(await program.run(['serve'], production({ ...env, MASTER_KEY: other })));
    expect(lines).toEqual([expect.stringContaining('it was sealed under another master key')]);
  });
});

test('production serves no tokens and no receiver', async () => {
  await using own = await openTestDatabase();
  const PORT = String(await freePort());
  await using child = await program.startReady(['serve'], { ...production({ DATABASE_URL: own.url }), PORT });
  const status = async (method: string, path: string) =>
    (await fetch(`http://127.0.0.1:${PORT}${path}`, { method })).status;
  for (const kind of ['GetEnterpriseToken', 'GetPersonalToken', 'GetPlatformAccessToken']) {
    expect(await status('GET', `/dev/token/${kind}?orgNo=991825827&pid=08844397713&app=ttd/a`)).toBe(404);
  }
  expect(await status('GET', '/dev/token/.well-known/jwks.json')).toBe(404);
  expect(await status('POST', '/dev/receiver')).toBe(404);
  expect(await status('GET', '/dev/receiver')).toBe(404);
  expect(await status('GET', '/dialogporten/api/v1/.well-known/jwks.json')).toBe(200);
  child.kill('SIGTERM');
  expect(await child.ended).toMatchObject({ code: 0, signal: null });
});

test('development mode listens on loopback whatever the host, unless it is told to be seen', async () => {
  const isServed = async (address: string, port: string) =>
    fetch(`http://${address}:${port}/health/liveness`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (const [expose, seen] of [
    ['no', false],
    ['yes', true],
  ] as const) {
    const PORT = String(await freePort());
    const env = {
      DATABASE_URL: db.url,
      MASTER_KEY,
      DATA_DIR: join(program.folder, expose),
      HOST: '0.0.0.0',
      DEV_EXPOSE: expose,
    };
    await using child = await program.startReady(['dev'], { ...env, PORT });
    expect(await isServed('127.0.0.1', PORT)).toBe(true);
    // All of 127.0.0.0/8 is this machine, but not what listens on 127.0.0.1 alone.
    expect(await isServed('127.0.0.2', PORT)).toBe(seen);
    child.kill('SIGINT');
    expect(await child.ended).toMatchObject({ code: 0, signal: null });
  }
});

test('a command that does not exist is told so', async () => {
  expect(await program.run(['srve'])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('serve'),
  });
  expect(await program.run(['--version'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});
