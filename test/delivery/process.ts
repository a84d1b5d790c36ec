/**
 * The engine as a process of its own, to be killed or stopped: `node --import tsx process.ts '{…}'`. It ends when
 * whoever started it is gone. A line on its standard input says later where it kills itself.
 */
import { createInterface } from 'node:readline';
import { Database } from '../../src/db/database.ts';
import type { DeliverySettings } from '../../src/delivery/options.ts';
import type { Failpoint } from '../../src/lib/failpoint.ts';
import { openLog } from '../../src/lib/log.ts';
import { startEngine } from './harness.ts';

export interface ProcessOptions {
  readonly url: string;
  /** The first is 0. */
  readonly number: number;
  readonly settings: Partial<DeliverySettings>;
  readonly kill?: Kill | undefined;
}

/** Where a process kills itself, and at the how manieth time from now on. */
export interface Kill {
  readonly point: Failpoint;
  readonly nth: number;
}

const { url, number, settings, ...rest } = JSON.parse(process.argv[2]!) as ProcessOptions;
let kill = rest.kill;
let reached = 0;
createInterface(process.stdin)
  .on('line', (line) => {
    kill = JSON.parse(line) as Kill;
  })
  .on('close', () => process.exit());
await startEngine(
  {
    url,
    database: new Database({
      ...{ url, applicationName: `victim-${number}`, maxConnections: 10, log: openLog({ level: 'warn' }) },
      ...{ connectTimeout: 5000, statementTimeout: 20_000 },
    }),
  },
  {
    ...{ settings, process: number },
    reach: (point) => {
      if (point === kill?.point && ++reached === kill.nth) process.kill(process.pid, 'SIGKILL');
    },
  },
);
