import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openLog } from '../../src/lib/log.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const log = openLog({ level: 'silent' });

let db: TestDatabase;
let folder: URL;

beforeEach(async () => {
  db = await openTestDatabase({ migrated: false });
  folder = pathToFileURL(`${await mkdtemp(join(tmpdir(), 'budstikka-migrations-'))}/`);
});

afterEach(async () => {
  await rm(folder, { recursive: true });
  await db[Symbol.asyncDispose]();
});

async function write(file: string, text: string): Promise<void> {
  await writeFile(new URL(file, folder), text);
}

async function remove(file: string): Promise<void> {
  await rm(new URL(file, folder));
}

function run(signal?: AbortSignal): Promise<{ applied: string[] }> {
  return migrate({ url: db.url, log, folder, ...(signal && { signal }) });
}

async function tables(): Promise<string[]> {
  const rows = await db.database.query<{ name: string }>(
    sql(
      '',
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`,
    ),
  );
  return rows.map((row) => row.name);
}

test('migrations are applied once, in the order of their numbers', async () => {
  await write('000002_second.sql', '-- compatible\nALTER TABLE one ADD b integer;\n');
  await write('000001_first.sql', '-- compatible\nCREATE TABLE one (a integer);\n');
  expect(await run()).toEqual({ applied: ['000001_first', '000002_second'] });
  expect(await run()).toEqual({ applied: [] });
  await write('000003_third.sql', '-- breaking\nDROP TABLE one;\n');
  expect(await run()).toEqual({ applied: ['000003_third'] });
  expect(await tables()).toEqual(['migration']);
});

test('this program comes with migrations of its own', async () => {
  const { applied } = await migrate({ url: db.url, log });
  expect(applied[0]).toBe('000001_log');
  expect(await tables()).toContain('dialog');
});

test('three processes at once apply each migration once', async () => {
  await write('000001_slow.sql', '-- compatible\nCREATE TABLE one (a integer);\nSELECT pg_sleep(0.3);\n');
  await write(
    '000002_index.sql',
    '-- compatible\n-- no-transaction\nCREATE INDEX CONCURRENTLY one_a ON one (a);\n',
  );
  const results = await Promise.all([run(), run(), run()]);
  expect(results.flatMap((result) => result.applied)).toEqual(['000001_slow', '000002_index']);
});

test('a migration that fails leaves nothing, and says where', async () => {
  await write('000001_good.sql', '-- compatible\nCREATE TABLE good ();\n');
  await write('000002_bad.sql', '-- compatible\nCREATE TABLE bad ();\n\nSELECT nonsense;\n');
  await write('000003_never.sql', '-- compatible\nCREATE TABLE never ();\n');
  await expect(run()).rejects.toMatchObject({
    code: 'migration-failed',
    message: 'Migration 000002_bad: line 4: column "nonsense" does not exist.',
  });
  expect(await tables()).toEqual(['good', 'migration']);
  await write('000002_bad.sql', '-- compatible\nCREATE TABLE bad ();\n');
  expect(await run()).toEqual({ applied: ['000002_bad', '000003_never'] });
});

test('one outside a transaction that fails is not claimed, and is repeated', async () => {
  await write('000001_table.sql', '-- compatible\nCREATE TABLE one (a integer);\n');
  const alone = `-- compatible\n-- Motive.\n-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS one_a ON one (a);\nSELECT nonsense;\n`;
  await write('000002_alone.sql', alone);
  await expect(run()).rejects.toMatchObject({ code: 'migration-failed' });
  await write('000002_alone.sql', alone.replace('nonsense', '1'));
  expect(await run()).toEqual({ applied: ['000002_alone'] });
});

test('one that was changed after it had been applied is named', async () => {
  await write('000001_one.sql', '-- compatible\nCREATE TABLE one ();\n');
  await run();
  await write('000001_one.sql', '-- compatible\r\nCREATE TABLE one ();\r\n');
  expect(await run()).toEqual({ applied: [] });
  await write('000001_one.sql', '-- compatible\nCREATE TABLE other ();\n');
  await expect(run()).rejects.toMatchObject({
    code: 'migration-failed',
    message: 'Migration 000001_one: it was changed after it had been applied; write a new one instead.',
  });
});

test('an older program works with an unknown compatible migration and refuses a breaking one', async () => {
  await write('000001_one.sql', '-- compatible\nCREATE TABLE one ();\n');
  await write('000002_two.sql', '-- compatible\nCREATE TABLE two ();\n');
  await run();
  await remove('000002_two.sql');
  expect(await run()).toEqual({ applied: [] });
  await write('000002_two.sql', '-- compatible\nCREATE TABLE two ();\n');
  await write('000003_three.sql', '-- breaking\nDROP TABLE one;\n');
  await run();
  await remove('000003_three.sql');
  await expect(run()).rejects.toMatchObject({ code: 'database-newer', message: /000003_three/ });
});

test('one that comes before what has been applied is refused', async () => {
  await write('000002_two.sql', '-- compatible\nCREATE TABLE two ();\n');
  await run();
  await write('000001_one.sql', '-- compatible\nCREATE TABLE one ();\n');
  await expect(run()).rejects.toMatchObject({ message: /000001_one: its number lies before 2/ });
  expect(await tables()).toEqual(['migration', 'two']);
});

test.each([
  ['000001_no_kind.sql', '-- Motive: none.\nSELECT 1;\n', /its first line is neither/],
  ['1_short.sql', '-- compatible\nSELECT 1;\n', /its name is not six digits/],
])('the file %s is refused before anything is applied', async (file, text, reason) => {
  await write('000000_fine.sql', '-- compatible\nCREATE TABLE fine ();\n');
  await write(file, text);
  await expect(run()).rejects.toMatchObject({ code: 'migration-failed', message: reason });
  expect(await tables()).toEqual([]);
});

test('two files with one number are refused', async () => {
  await write('000001_a.sql', '-- compatible\nSELECT 1;\n');
  await write('000001_b.sql', '-- compatible\nSELECT 1;\n');
  await expect(run()).rejects.toMatchObject({ message: /000001_b: another file has the same number/ });
});

test('a database that is not there is unavailable', async () => {
  const url = db.url.replace(/test_\w+/, 'test_nowhere');
  await expect(migrate({ url, log, folder })).rejects.toMatchObject({
    code: 'database-unavailable',
    message: /"test_nowhere" does not exist/,
  });
});

test('the wait for another process ends with the signal', async () => {
  await write('000001_one.sql', '-- compatible\nCREATE TABLE one ();\n');
  await using other = await db.database.session('another migrator');
  await other.query(sql('', 'SELECT pg_advisory_lock(1, 0)'));
  const stop = new AbortController();
  const waiting = run(stop.signal).catch((thrown: unknown) => thrown);
  await until('it waits', async () => {
    const rows = await db.database.query(
      sql(
        '',
        `SELECT FROM pg_stat_activity WHERE application_name = 'budstikka migrate' AND datname = current_database()`,
      ),
    );
    return rows.length === 1;
  });
  stop.abort(new Error('stopped'));
  expect(await waiting).toMatchObject({ message: 'stopped' });
  expect(await tables()).toEqual([]);
});
