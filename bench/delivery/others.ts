import { Logger, run } from 'graphile-worker';
import PgBoss from 'pg-boss';
import pg from 'pg';
import { IN_FLIGHT, type Job, type Stage } from './stage.ts';

/** A job queue that one might build webhooks upon instead. */
export interface Queue extends AsyncDisposable {
  /** Puts the jobs into the queue, while nobody works on it. */
  fill(jobs: readonly Job[]): Promise<void>;
  /** Works on them until disposed. */
  work(post: (job: Job) => Promise<void>): Promise<AsyncDisposable>;
}

const BATCH = 500;

async function createDatabase(stage: Stage, name: string): Promise<string> {
  await stage.ground.database.query({ name: `bench.create-${name}`, text: `CREATE DATABASE ${name}` });
  return stage.databaseUrl(name);
}

/** graphile-worker with its local queue and batched completion: the settings its own benchmark is fastest with. */
export async function openGraphileWorker(stage: Stage): Promise<Queue> {
  const connectionString = await createDatabase(stage, 'graphile');
  const pool = new pg.Pool({ connectionString, max: 12 });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const preset = {
    worker: {
      concurrentJobs: IN_FLIGHT,
      localQueue: { size: BATCH, refetchDelay: { durationMs: 10 } },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
    },
  };
  const start = (post: (job: Job) => Promise<void>) =>
    run({
      ...{ pgPool: pool, noHandleSignals: true, preset },
      taskList: { deliver: async (payload) => post(payload as Job) },
      logger: new Logger(() => () => undefined),
    });
  // Started once without work, so that its tables are there.
  await (await start(async () => undefined)).stop();
  return {
    fill: async (all) => {
      for (let at = 0; at < all.length; at += BATCH) {
        const specs = all.slice(at, at + BATCH).map((payload) => ({ identifier: 'deliver', payload }));
        const text = `SELECT graphile_worker.add_jobs(ARRAY(SELECT json_populate_record(
                        null::graphile_worker.job_spec, s) FROM json_array_elements($1::json) s))`;
        await pool.query(text, [JSON.stringify(specs)]);
      }
    },
    work: async (post) => {
      const runner = await start(post);
      return { [Symbol.asyncDispose]: async () => runner.stop() };
    },
    [Symbol.asyncDispose]: async () => pool.end(),
  };
}

/** pg-boss with batches, and as many workers as keep 64 requests under way. */
export async function openPgBoss(stage: Stage): Promise<Queue> {
  const boss = new PgBoss({ connectionString: await createDatabase(stage, 'boss'), max: 12 });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue('deliver');
  return {
    fill: async (all) => {
      for (let at = 0; at < all.length; at += BATCH) {
        await boss.insert(all.slice(at, at + BATCH).map((data) => ({ name: 'deliver', data })));
      }
    },
    work: async (post) => {
      const settings = { batchSize: IN_FLIGHT, pollingIntervalSeconds: 0.5 };
      await boss.work<Job>('deliver', settings, async (jobs) => {
        await Promise.all(jobs.map((job) => post(job.data)));
      });
      return { [Symbol.asyncDispose]: async () => boss.offWork('deliver') };
    },
    [Symbol.asyncDispose]: async () => boss.stop({ graceful: false }),
  };
}
