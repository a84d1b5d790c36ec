import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { type Queries, sql } from '../../src/db/database.ts';
import { fromEpoch, wallClock } from '../../src/lib/time.ts';

export interface ResultRow {
  readonly name: string;
  /** What must hold; null where there is nothing to hold. */
  readonly bar: string | null;
  readonly value: number;
  readonly unit: string;
  readonly holds: boolean | null;
}

export interface Results {
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Wire time. */
  readonly date: string;
  /** How it was run, so that it can be run again. */
  readonly run: Readonly<Record<string, unknown>>;
  readonly rows: readonly ResultRow[];
}

const VERSION = sql('stress.version', `SELECT current_setting('server_version') AS version`);

/** What the results say about where and when they were made. */
export async function describeRun(queries: Queries): Promise<Omit<Results, 'run' | 'rows'>> {
  const [server] = await queries.query<{ version: string }>(VERSION);
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return {
    machine: `${processors.length} × ${processors[0]?.model.trim()}, ${memory} GiB, ${process.platform} ${process.arch}`,
    versions: { node: process.versions.node, postgresql: server?.version ?? 'unknown' },
    date: fromEpoch(wallClock()),
  };
}

/** Writes `bench/results/<name>-<date>.json`; gives the path. */
export async function saveResults(name: string, results: Results): Promise<string> {
  const folder = new URL('../../bench/results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const file = `${name}-${results.date.slice(0, 10)}.json`;
  await writeFile(new URL(file, folder), `${JSON.stringify(results, null, 2)}\n`);
  return `bench/results/${file}`;
}
