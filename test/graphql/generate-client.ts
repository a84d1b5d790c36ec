import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import * as sdk from '@graphql-codegen/typescript-generic-sdk';
import * as operations from '@graphql-codegen/typescript-operations';
import { type DocumentNode, parse } from 'graphql';

/** Sends one operation and gives its data. */
type Requester = (document: DocumentNode, variables: unknown) => Promise<unknown>;

/** A client that a generator made. */
export interface GeneratedClient<Sdk> extends AsyncDisposable {
  readonly getSdk: (requester: Requester) => Sdk;
}

const PUBLISHED = createRequire(import.meta.url).resolve(
  '@digdir/dialogporten-schema/schema.verified.graphql',
);
const OPERATIONS = new URL('client/operations.graphql', import.meta.url);
const COMPILER = resolve('node_modules/typescript/bin/tsc');

/**
 * Generates a client from the published SDL and `client/operations.graphql`, compiles it with every check there is, and
 * loads it. Nothing of it is left. Throws what the compiler says.
 */
export async function generateClient<Sdk>(): Promise<GeneratedClient<Sdk>> {
  const directory = await mkdtemp(join(tmpdir(), 'budstikka-client-'));
  const dispose = () => rm(directory, { recursive: true, force: true });
  try {
    await generate(directory);
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
    await symlink(resolve('node_modules'), join(directory, 'node_modules'));
    await compile(directory);
    const module = (await import(pathToFileURL(join(directory, 'client.js')).href)) as GeneratedClient<Sdk>;
    return { getSdk: module.getSdk, [Symbol.asyncDispose]: dispose };
  } catch (thrown) {
    await dispose();
    throw thrown;
  }
}

/** The types of the whole schema in one file, the operations and what sends them in another. */
async function generate(directory: string): Promise<void> {
  const [sdl, text] = await Promise.all([readFile(PUBLISHED, 'utf8'), readFile(OPERATIONS, 'utf8')]);
  const schema = parse(sdl.replace(/^\uFEFF/, ''));
  const config = { scalars: { UUID: 'string', DateTime: 'string', URL: 'string' }, useTypeImports: true };
  const types = await codegen({
    ...{ filename: 'schema.ts', schema, documents: [], config },
    plugins: [{ typescript: {} }],
    pluginMap: { typescript },
  });
  const client = await codegen({
    ...{ filename: 'client.ts', schema, config: { ...config, documentMode: 'documentNode' } },
    documents: [{ location: 'operations.graphql', document: parse(text) }],
    plugins: [{ operations: {} }, { sdk: {} }],
    pluginMap: { operations, sdk },
  });
  await writeFile(join(directory, 'schema.ts'), types);
  await writeFile(join(directory, 'client.ts'), client);
}

async function compile(directory: string): Promise<void> {
  const options = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--skipLibCheck'];
  const run = promisify(execFile);
  await run(process.execPath, [COMPILER, ...options, 'schema.ts', 'client.ts'], { cwd: directory }).catch(
    (thrown: { readonly stdout: string }) => {
      throw new Error(`the generated client does not compile:\n${thrown.stdout}`, { cause: thrown });
    },
  );
}
