import { loadavg } from 'node:os';
import { describeRun, type Results } from '../../scripts/stress/results.ts';
import { measureFirstByte } from './first-byte.ts';
import { openStage } from './stage.ts';
import { measureThroughput } from './throughput.ts';

/** The rows "first byte" and "deliveries per second": authorisation, signing, outcomes and delivery log on, durable. */
export async function benchDelivery(): Promise<Results> {
  await using stage = await openStage();
  const loadAverage = loadavg()[0] ?? 0;
  const rows = [...(await measureFirstByte(stage)), ...(await measureThroughput(stage))];
  return { ...(await describeRun(stage.ground.database)), run: { loadAverage }, rows };
}
