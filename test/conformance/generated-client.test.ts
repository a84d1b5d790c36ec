import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generate } from 'openapi-typescript-codegen';
import { expect, test } from 'vitest';
import { COMPANY, MANAGER, SERVICE, startTestPlatform, TTD } from '../support/platform.ts';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

/** What `fixtures/clients/round-trip.ts.txt` exports, once compiled. */
interface Compiled {
  readonly roundTrip: (setting: Record<string, string>) => Promise<{ readonly dialogId: string }>;
}

/** As a project of its own would have it; everything strict, nothing of ours within reach. */
const PROJECT = {
  compilerOptions: {
    ...{ strict: true, target: 'es2022', lib: ['es2022', 'dom'], types: [] },
    ...{ module: 'commonjs', moduleResolution: 'bundler', outDir: 'out', rootDir: '.' },
  },
  include: ['client', 'round-trip.ts'],
};

/** Generates the client, compiles it with the program that uses it, and loads that. Throws what the compiler says. */
async function compile(directory: string): Promise<Compiled> {
  const path = require.resolve('@digdir/dialogporten-schema/swagger.verified.json');
  const published = JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, '')) as object;
  const output = join(directory, 'client');
  await generate({ input: { ...published }, output, httpClient: 'fetch', useOptions: true });
  await copyFile('test/fixtures/clients/round-trip.ts.txt', join(directory, 'round-trip.ts'));
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(PROJECT));
  await writeFile(join(directory, 'package.json'), '{ "type": "commonjs" }');
  const compiler = require.resolve('typescript/package.json').replace('package.json', 'bin/tsc');
  await run(process.execPath, [compiler, '-p', directory]).catch((thrown: { stdout: string }) => {
    throw new Error(thrown.stdout);
  });
  return require(join(directory, 'out', 'round-trip.js')) as Compiled;
}

test('a client that a generator makes of the published document creates, updates, reads and searches', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'client-'));
  try {
    await using platform = await startTestPlatform();
    const { roundTrip } = await compile(directory);
    const scopes = 'digdir:dialogporten.serviceprovider digdir:dialogporten.serviceprovider.search';
    const trip = await roundTrip({
      ...{ base: `${platform.base}/dialogporten`, party: COMPANY, serviceResource: SERVICE },
      ownerToken: await platform.token('GetEnterpriseToken', { ...TTD, scopes }),
      userToken: await platform.token('GetPersonalToken', { pid: MANAGER, scopes: 'digdir:dialogporten' }),
    });
    expect(trip).toEqual({
      dialogId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      ...{ created: ['Draft', 10], updated: ['Completed', 100], staleStatus: 412, titleRead: 'Ferdig' },
      ...{ foundByOwner: [trip.dialogId], foundByUser: [trip.dialogId] },
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}, 60_000);
