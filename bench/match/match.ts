import { loadavg } from 'node:os';
import { describeRun, type Results } from '../../scripts/stress/results.ts';
import { openStage } from '../delivery/stage.ts';
import { measureIndex } from './index.ts';
import { measureReadiness } from './readiness.ts';

/** The row "matching": a million subscriptions in memory and in the database. */
export async function benchMatch(): Promise<Results> {
  const loadAverage = loadavg()[0] ?? 0;
  const rows = measureIndex();
  await using stage = await openStage();
  rows.push(...(await measureReadiness(stage)));
  return { ...(await describeRun(stage.ground.database)), run: { loadAverage }, rows };
}
