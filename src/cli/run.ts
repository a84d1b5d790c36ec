import { type Config, describeConfig } from '../config.ts';
import { type Log, openLog } from '../lib/log.ts';
import { type Platform, startPlatform } from '../platform.ts';

export interface RunOptions {
  readonly config: Config;
  /** Called when the system runs. */
  readonly started: (platform: Platform, log: Log) => void;
}

/** Runs the system until the process is told to stop, and ends it in order. A second signal ends the process at once. */
export async function runUntilStopped({ config, started }: RunOptions): Promise<void> {
  const log = openLog({ level: config.platform.logLevel });
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
  log.debug(describeConfig(config), 'configuration');
  const platform = await startPlatform({ config, log });
  started(platform, log);
  const signal = await stopped;
  log.info({ signal }, 'stopping');
  const timer = setTimeout(() => {
    log.error('stopping took too long; what was under way will be done again by whoever comes next');
    process.exit(1);
  }, config.platform.shutdownMs);
  await platform[Symbol.asyncDispose]();
  clearTimeout(timer);
}
