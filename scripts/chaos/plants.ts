import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Findings } from './checker/judge.ts';

/** A fault that is built into the program, or into a function of its database, to see whether it is found. */
export interface Plant {
  readonly name: string;
  /** A file of the built program, or a function of the database. */
  readonly in: { readonly file: string } | { readonly sqlFunction: string };
  readonly find: string;
  readonly put: string;
  /** What the judge must find then. */
  readonly shows: keyof Findings;
  /** Faults of the round that bring it to light, as a plan has them. */
  readonly processes: number;
  readonly ours: readonly { readonly name: string; readonly at: number }[];
}

const KILL = { name: 'kill -9', at: 2500 };
const STOP = { name: 'SIGSTOP beyond the lease', at: 1000 };

export const PLANTS: readonly Plant[] = [
  {
    name: 'a skipped row',
    in: { file: 'delivery/course.js' },
    find: 'if (this.parked.has(orderKey))',
    put: 'if (this.parked.has(orderKey) || row.position % 61 === 0)',
    ...{ shows: 'lost', processes: 1, ours: [] },
  },
  {
    name: 'a swapped pair',
    in: { file: 'delivery/delivery-queues.js' },
    find: 'queue.push(delivery);',
    put: 'queue.splice(1, 0, delivery);',
    ...{ shows: 'disordered', processes: 1, ours: [] },
  },
  {
    name: 'a lost park',
    in: { file: 'delivery/flush-plan.js' },
    find: 'batch.parked.push({',
    put: '[].push({',
    ...{ shows: 'lost', processes: 1, ours: [KILL] },
  },
  {
    name: 'an unfenced cursor',
    in: { sqlFunction: 'settle' },
    find: 'IF v_held <> ',
    put: 'IF false AND v_held <> ',
    ...{ shows: 'breached', processes: 2, ours: [STOP, { ...STOP, at: 5600 }] },
  },
  {
    name: 'a late revocation',
    in: { file: 'delivery/attempt.js' },
    find: 'if (decision?.permitted)',
    put: 'if (decision?.permitted || monotonic() < (this.late ??= monotonic() + 60_000))',
    ...{ shows: 'forbidden', processes: 1, ours: [] },
  },
];

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** What the program leans on; a copy of it needs the same beside it. */
const AROUND = ['node_modules', 'migrations', 'contracts', 'examples', 'package.json'];

/** The built program with the fault in it. Without one in a file, it is the program as it is. */
export async function buildWith(plant: Plant): Promise<AsyncDisposable & { readonly program: string }> {
  const root = await mkdtemp(join(tmpdir(), 'budstikka-planted-'));
  const program = join(root, 'dist');
  await cp(join(REPOSITORY, 'dist'), program, { recursive: true });
  for (const name of AROUND) await symlink(join(REPOSITORY, name), join(root, name));
  if ('file' in plant.in) {
    const path = join(program, plant.in.file);
    await writeFile(path, planted(plant, await readFile(path, 'utf8')));
  }
  return { program, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

/** Puts the fault into the database, when that is its place. */
export async function tamperWith(plant: Plant, url: string): Promise<void> {
  if (!('sqlFunction' in plant.in)) return;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const source = await client.query<{ text: string }>('SELECT pg_get_functiondef($1::regproc) AS text', [
    plant.in.sqlFunction,
  ]);
  await client.query(planted(plant, source.rows[0]!.text));
  await client.end();
}

/** Throws when its place is not there exactly once: then the list has to follow. */
function planted({ name, find, put }: Plant, text: string): string {
  if (text.split(find).length !== 2) throw new Error(`there is no one place for ${name}`);
  return text.replace(find, () => put);
}
