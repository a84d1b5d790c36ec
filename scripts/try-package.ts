import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settings } from '../src/config/settings.ts';
import { Disposals } from '../src/lib/disposals.ts';
import { toError } from '../src/lib/errors.ts';
import { until } from '../test/support/until.ts';
import { PrintingNarrator } from './demo/narrator.ts';
import { freePort } from './free-port.ts';
import { mustRun, run, start } from './package/commands.ts';
import { faultsOf } from './package/contents.ts';

/**
 * Packs the package, installs it into an empty folder elsewhere as a user would, runs both commands of it and takes
 * the walk of the README. Needs the npm registry or a warm cache. Leaves nothing behind.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const narrator = new PrintingNarrator(console.log);

function tell(who: string, what: string, holds = true): void {
  narrator.shows({ who, what, holds });
}

/** Gives the path of the archive. */
async function pack(into: string): Promise<string> {
  const out = await mustRun(['npm', 'pack', '--json', '--pack-destination', into], { directory: ROOT });
  const [packed] = JSON.parse(out) as { filename: string; size: number; files: { path: string }[] }[];
  if (!packed) throw new Error('npm pack has packed nothing');
  tell('npm pack', `${packed.files.length} files, ${Math.round(packed.size / 1024)} kB`);
  const faults = await faultsOf(packed.files.map(({ path }) => path));
  for (const fault of faults) tell('npm pack', fault, false);
  tell('npm pack', 'every file of src as it is now, the migrations, and nothing else', faults.length === 0);
  return join(into, packed.filename);
}

async function install(archive: string, directory: string): Promise<void> {
  const begun = performance.now();
  await mustRun(['npm', 'install', '--no-audit', '--no-fund', archive], { directory });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  tell('npm install', `into an empty folder, ${seconds} s`);
}

/** Production without configuration: one line for each thing that is missing, and no stack trace. */
async function refuse(directory: string): Promise<void> {
  const { code, err } = await run(['npx', 'budstikka', 'serve'], { directory });
  const required = Object.values(settings).flatMap((room) =>
    Object.values<{ name: string; requiredIn?: string }>(room).filter(
      (each) => each.requiredIn !== undefined,
    ),
  );
  const names = required.map(({ name }) => `BUDSTIKKA_${name}`);
  const named = names.filter((name) => new RegExp(`^ *${name} must be set`, 'm').test(err));
  tell('serve', `without configuration: exit code ${code}`, code === 1);
  tell('serve', `names what is missing: ${named.join(', ')}`, named.length === names.length);
  tell('serve', 'and shows no stack trace', !/^\s+at /m.test(err));
}

/** Development mode answers, and the walk of the README leads to the end. */
async function walk(directory: string): Promise<void> {
  const base = `http://127.0.0.1:${await freePort()}`;
  const env = { BUDSTIKKA_PORT: new URL(base).port };
  const begun = performance.now();
  await using dev = start(['npx', 'budstikka', 'dev'], { directory, env });
  const isReady = async () => !dev.isRunning || (await fetch(`${base}/health/readiness`)).ok;
  await until('the program answered', isReady, { timeout: 60_000 });
  if (!dev.isRunning) throw new Error('npx budstikka dev has ended by itself');
  tell('dev', `answers after ${((performance.now() - begun) / 1000).toFixed(1)} s, with a new database`);
  const shown = await mustRun(['bash', '-c', await commandsOfReadme(base)], { directory });
  tell('README', 'the subscription has been made, with its secret', /"secret":"whsec_/.test(shown));
  tell('README', 'the feed shows the change', shown.includes('dialogporten.dialog.updated.v1'));
  for (const channel of ['webhook', 'live', 'feed']) {
    const [line] = new RegExp(`^${channel} .*ms after the commit$`, 'm').exec(shown) ?? [];
    tell('README', line ?? `${channel} says nothing`, line !== undefined);
  }
}

async function isDatabaseStopped(directory: string): Promise<boolean> {
  const files = await readdir(join(directory, '.budstikka/postgres/data'));
  return files.includes('PG_VERSION') && !files.includes('postmaster.pid');
}

/** The walk as it stands, on another origin and from the folder where the package is installed. */
async function commandsOfReadme(base: string): Promise<string> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');
  const commands = blocks.filter((block) => block.includes('$B') || block.startsWith('B=')).join('\n');
  return commands
    .replaceAll('http://127.0.0.1:5080', base)
    .replaceAll('node examples/', 'node node_modules/budstikka/examples/');
}

async function tryPackage(): Promise<void> {
  await using disposals = new Disposals();
  const scratch = await mkdtemp(join(tmpdir(), 'budstikka-package-'));
  disposals.defer(() => rm(scratch, { recursive: true, force: true }));
  // Started by root, the database runs as somebody else, who must get in.
  await chmod(scratch, 0o711);
  // Packing builds. What was not there before is not there afterwards.
  const isBuilt = (await readdir(ROOT)).includes('dist');
  if (!isBuilt) disposals.defer(() => rm(join(ROOT, 'dist'), { recursive: true, force: true }));
  const directory = join(scratch, 'user');
  await mkdir(directory);
  await install(await pack(scratch), directory);
  await refuse(directory);
  await walk(directory);
  tell('dev', 'ends when it is told to, and its database with it', await isDatabaseStopped(directory));
}

await tryPackage().catch((thrown) => tell('stopped', toError(thrown).message, false));
narrator.ends();
if (narrator.failed > 0) process.exitCode = 1;
