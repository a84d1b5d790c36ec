import { loadavg } from 'node:os';
import { describeRun, type Results } from '../../scripts/stress/results.ts';
import { openGround } from './ground.ts';
import { measurePublishing } from './publishing.ts';
import { measureReading } from './reading.ts';

/** What dialogs cost: to publish what is done to them, and to read one and a page among few and among many. */
export async function benchDialogs(): Promise<Results> {
  await using ground = await openGround();
  const before = loadavg();
  const written = await ground.open('written');
  const publishing = await measurePublishing(written);
  const between = loadavg();
  const [few, many] = [await ground.open('few'), await ground.open('many')];
  const reading = await measureReading(few, many);
  return {
    ...(await describeRun(written.database)),
    run: { loadAverage: { before, between, after: loadavg() }, durable: true },
    rows: [...publishing, ...reading],
  };
}
