import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Findings } from './checker/judge.ts';

/** A change of a file of the built program, or of a function of its database. */
export interface Edit {
  readonly in: { readonly file: string } | { readonly sqlFunction: string };
  readonly find: string;
  readonly put: string;
}

/** A fault that is built in, to see whether it is found. */
export interface Plant {
  readonly name: string;
  readonly edits: readonly Edit[];
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
    edits: [
      {
        in: { file: 'delivery/course.js' },
        find: 'if (this.parked.has(orderKey))',
        put: 'if (this.parked.has(orderKey) || row.position % 61 === 0)',
      },
    ],
    ...{ shows: 'lost', processes: 1, ours: [] },
  },
  {
    name: 'a swapped pair',
    edits: [
      {
        in: { file: 'delivery/delivery-queues.js' },
        find: 'queue.push(delivery);',
        put: 'queue.splice(1, 0, delivery);',
      },
    ],
    ...{ shows: 'disordered', processes: 1, ours: [] },
  },
  {
    name: 'a lost park',
    edits: [
      {
        in: { file: 'delivery/flush-plan.js' },
        find: 'batch.parked.push({',
        put: '[].push({',
      },
    ],
    ...{ shows: 'lost', processes: 1, ours: [KILL] },
  },
  {
    name: 'an unfenced cursor',
    edits: [
      {
        in: { sqlFunction: 'settle' },
        find: 'IF v_held <> ',
        put: 'IF false AND v_held <> ',
      },
      // For a moment nobody tells a process that has been stopped what it has lost: it writes what it was about to.
      {
        in: { file: 'delivery/lanes.js' },
        find: 'const { asked, rows } = await',
        put: 'await pause(600); const { asked, rows } = await',
      },
    ],
    ...{ shows: 'breached', processes: 2, ours: [STOP, { ...STOP, at: 5600 }] },
  },
  {
    name: 'a late revocation',
    edits: [
      {
        in: { file: 'delivery/right-to-know.js' },
        find: 'const known = rows.length === 1',
        put: 'if (performance.now() < (this.late ??= performance.now() + 60_000)) return rows.map(() => ({ permitted: true })); const known = rows.length === 1',
      },
    ],
    ...{ shows: 'forbidden', processes: 1, ours: [] },
  },
];

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** What the program leans on; a copy of it needs the same beside it. */
const AROUND = ['node_modules', 'migrations', 'contracts', 'examples', 'package.json'];

/** The built program with the fault in it, as far as its place is there. */
export async function buildWith(plant: Plant): Promise<AsyncDisposable & { readonly program: string }> {
  const root = await mkdtemp(join(tmpdir(), 'budstikka-planted-'));
  const program = join(root, 'dist');
  await cp(join(REPOSITORY, 'dist'), program, { recursive: true });
  for (const name of AROUND) await symlink(join(REPOSITORY, name), join(root, name));
  for (const edit of plant.edits) {
    if (!('file' in edit.in)) continue;
    const path = join(program, edit.in.file);
    await writeFile(path, edited(edit, await readFile(path, 'utf8')));
  }
  return { program, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

/** Puts the fault into the database, as far as its place is there. */
export async function tamperWith(plant: Plant, url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const edit of plant.edits) {
    if (!('sqlFunction' in edit.in)) continue;
    const source = await client.query<{ text: string }>('SELECT pg_get_functiondef($1::regproc) AS text', [
      edit.in.sqlFunction,
    ]);
    await client.query(edited(edit, source.rows[0]!.text));
  }
  await client.end();
}

/** Throws when its place is not there exactly once: then the list has to follow. */
function edited({ find, put }: Edit, text: string): string {
  if (text.split(find).length !== 2) throw new Error(`there is no one place for ${find}`);
  return text.replace(find, () => put);
}
