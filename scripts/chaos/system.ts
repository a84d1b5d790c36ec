/**
 * One process under test: `node --import tsx system.ts '{…}'`, configured by its environment like any other. It runs the
 * built program; beside it stand only what may end it at a point of the send path, and a clock that is wrong. It ends
 * when whoever started it is gone.
 */
import { createInterface } from 'node:readline';
import type * as Configuration from '../../src/config.ts';
import type { Failpoint } from '../../src/lib/failpoint.ts';
import type * as Logging from '../../src/lib/log.ts';
import type * as Root from '../../src/platform.ts';

export interface SystemOptions {
  /** URL of the folder that the program was built to. */
  readonly program: string;
  /** Milliseconds by which its wall clock is wrong. */
  readonly skew: number;
}

/** Where the process kills itself, and at the how manieth time from now on. */
export interface KillPoint {
  readonly point: Failpoint;
  readonly nth: number;
}

const { program, skew } = JSON.parse(process.argv[2]!) as SystemOptions;
if (skew !== 0) shiftClock(skew);
const { environment, readConfig } = (await import(`${program}/config.js`)) as typeof Configuration;
const { openLog } = (await import(`${program}/lib/log.js`)) as typeof Logging;
const { startPlatform } = (await import(`${program}/platform.js`)) as typeof Root;

let kill: KillPoint | undefined;
let reached = 0;
createInterface(process.stdin)
  .on('line', (line) => {
    reached = 0;
    kill = JSON.parse(line) as KillPoint;
  })
  .on('close', () => process.exit());
const config = readConfig(environment, 'dev');
const platform = await startPlatform({
  config,
  log: openLog({ level: config.platform.logLevel }),
  reach: (point) => {
    if (point === kill?.point && ++reached === kill.nth) process.kill(process.pid, 'SIGKILL');
  },
});
process.once('SIGTERM', () => {
  const exit = () => process.exit();
  platform[Symbol.asyncDispose]().then(exit, exit);
});

/** Every wall clock of the process is wrong from here on; the monotonic one has no hour to be wrong about. */
function shiftClock(by: number): void {
  const RightDate = Date;
  globalThis.Date = class extends RightDate {
    constructor(...given: []) {
      super(...((given.length === 0 ? [RightDate.now() + by] : given) as []));
    }

    static override now(): number {
      return RightDate.now() + by;
    }
  } as DateConstructor;
  const { timeOrigin } = performance;
  Object.defineProperty(performance, 'timeOrigin', { value: timeOrigin + by });
}
