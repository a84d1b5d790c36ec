import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { buildProgram, type Program } from './program.ts';

// Whole processes are started, some of them three times.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let program: Program;
let db: TestDatabase;
const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
beforeAll(async () => {
  program = await buildProgram();
  db = await openTestDatabase();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
  await program[Symbol.asyncDispose]();
});

/** Runs a command on the test's database; gives the lines that it printed. */
async function lines(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await program.run(args, { DATABASE_URL: db.url, MASTER_KEY });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

describe('budstikka migrate', () => {
  test('brings an empty database to this version and names what it did; twice does nothing', async () => {
    await using empty = await openTestDatabase({ migrated: false });
    const env = { DATABASE_URL: empty.url };
    const list = await program.run(['keys', 'list'], env);
    expect(list).toMatchObject({ code: 1, stdout: '' });
    expect(list.stderr).toBe('The database is not that of this version: run budstikka migrate first.\n');
    const first = await program.run(['migrate'], env);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^000001_log\n000002_/);
    expect(await program.run(['migrate'], env)).toMatchObject({
      code: 0,
      stdout: 'Nothing was to be done.\n',
    });
    expect(await program.run(['keys', 'list'], env)).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('budstikka keys', () => {
  test('rotates a purpose and lists what there is, with nothing that is secret', async () => {
    const [heading, ...keys] = await lines('keys', 'rotate', 'dialog-token');
    expect(heading?.split(/ {2,}/)).toEqual([
      'purpose',
      'state',
      'algorithm',
      'signs from',
      'ends',
      'key id',
    ]);
    const states = keys.map((line) => line.split(/ +/)[1]);
    expect(states).toEqual(['next', 'scheduled', 'current']);
    await lines('keys', 'rotate', 'mask');
    const listed = await lines('keys', 'list');
    expect(listed).toEqual(
      expect.arrayContaining(keys.slice(0, 2).map((line) => expect.stringContaining(line.slice(-43)))),
    );
    expect(listed.filter((line) => line.startsWith('mask'))).toHaveLength(2);
    const sealed = await db.database.query<{ sealed: Buffer }>(sql('', 'SELECT sealed FROM signing_key'));
    for (const row of sealed) expect(listed.join()).not.toContain(row.sealed.toString('base64').slice(0, 20));
  });

  test('refuses a purpose that there is not, and a master key that did not seal the others', async () => {
    const env = { DATABASE_URL: db.url, MASTER_KEY };
    expect(await program.run(['keys', 'rotate', 'webhooks'], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('must be one of dialog-token, webhook, mask, cursor, dev-token'),
    });
    const before = (await lines('keys', 'list')).length;
    const other = { ...env, MASTER_KEY: Buffer.alloc(32, 8).toString('base64') };
    const refused = await program.run(['keys', 'rotate', 'mask'], other);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('sealed under another master key'),
    });
    expect(await lines('keys', 'list')).toHaveLength(before);
  });
});

describe('budstikka registry', () => {
  test('checks a folder, applies it, applies changes only, and writes it out again', async () => {
    const folder = join(program.folder, 'registry');
    await cp('examples/registry', folder, { recursive: true });
    expect(await lines('registry', 'check', folder)).toEqual([
      `${folder}: 2 resources, 10 parties, 5 grants, no faults.`,
    ]);
    expect(await lines('registry', 'apply', folder)).toEqual([
      'resources  2 added, 0 changed, 0 removed',
      'parties    10 added, 0 changed, 0 removed',
      'grants     5 added, 0 changed, 0 removed',
    ]);
    const parties = join(folder, 'parties.json');
    const document = JSON.parse(await readFile(parties, 'utf8')) as { grants: unknown[] };
    document.grants.pop();
    await writeFile(parties, JSON.stringify(document));
    expect((await lines('registry', 'apply', folder))[2]).toBe('grants     0 added, 0 changed, 1 removed');
    const out = join(program.folder, 'out');
    expect(await lines('registry', 'export', out)).toEqual([
      expect.stringContaining('2 resources, 10 parties, 4 grants'),
    ]);
    expect((await lines('registry', 'apply', out))[2]).toBe('grants     0 added, 0 changed, 0 removed');
  });

  test('names every fault of a folder by file and path, and applies nothing of it', async () => {
    const folder = join(program.folder, 'faulty');
    await cp('examples/registry', folder, { recursive: true });
    await writeFile(
      join(folder, 'parties.json'),
      '{ "organizations": [{ "orgNumber": "1" }], "people": [] }',
    );
    for (const command of ['check', 'apply']) {
      const { code, stdout, stderr } = await program.run(['registry', command, folder], {
        DATABASE_URL: db.url,
      });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/ {2}parties\.json \$\.organizations\[0\]\.orgNumber /);
      expect(stderr).toMatch(/ {2}parties\.json \$\.people /);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
    const missing = await program.run(['registry', 'check', join(program.folder, 'nowhere')]);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('resources cannot be listed') });
  });
});
