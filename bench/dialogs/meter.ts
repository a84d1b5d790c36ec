import { readFile } from 'node:fs/promises';
import { type Database, sql } from '../../src/db/database.ts';
import { monotonic } from '../../src/lib/time.ts';

/** What an operation takes, of everybody who works on it: this process and all of PostgreSQL's. */
export interface Reading {
  readonly milliseconds: number;
  readonly cpuMicros: number;
  readonly walBytes: number;
  /** Pages of PostgreSQL's own memory that were looked at, found there or not. */
  readonly buffers: number;
}

const PIDS = sql('bench.pids', 'SELECT pid FROM pg_stat_activity');
const USED = sql(
  'bench.used',
  `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS wal,
          (SELECT sum(shared_blks_hit + shared_blks_read)::float8 FROM pg_stat_statements) AS buffers`,
);

/** Runs the work and gives what each of its operations took. */
export async function meter(
  database: Database,
  operations: number,
  work: () => Promise<void>,
): Promise<Reading> {
  const before = await take(database);
  const began = monotonic();
  await work();
  const milliseconds = monotonic() - began;
  const after = await take(database);
  const each = (name: keyof Used): number => (after[name] - before[name]) / operations;
  return {
    milliseconds: milliseconds / operations,
    cpuMicros: each('cpu'),
    walBytes: each('wal'),
    buffers: each('buffers'),
  };
}

interface Used {
  readonly cpu: number;
  readonly wal: number;
  readonly buffers: number;
}

async function take(database: Database): Promise<Used> {
  const pids = await database.query<{ pid: number }>(PIDS);
  const spent = await Promise.all(pids.map(({ pid }) => onProcessor(pid)));
  const [used] = await database.query<{ wal: number; buffers: number }>(USED);
  const { user, system } = process.cpuUsage();
  return { ...used!, cpu: user + system + spent.reduce((sum, micros) => sum + micros, 0) };
}

/** Microseconds that a process has had a processor (Linux: the first number is nanoseconds). */
async function onProcessor(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/schedstat`, 'utf8');
  return Number(text.split(' ')[0]) / 1000;
}
