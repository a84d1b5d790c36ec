import { type Config, describeConfig } from '../config.ts';
import { type Log, openLog } from '../lib/log.ts';
import { type Platform, startPlatform } from '../platform.ts';

export interface RunOptions {
  readonly config: Config;
  /** Called when the system runs. */
  readonly started: (platform: Platform, log: Log) => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs the system until the process is told to stop, and ends it in order, within the time that is set for it. A second
 * signal ends the process at once.
 */
export async function runUntilStopped({ config, started }: RunOptions): Promise<void> {
  const log = openLog({ level: config.platform.logLevel });
  const stopped = nextSignal();
  let timer: NodeJS.Timeout | undefined;
  // The time counts from the signal, also while the system is still starting.
  void stopped.then((signal) => {
    log.info({ signal }, 'stopping');
    timer = setTimeout(() => giveUp(log), config.platform.shutdownMs);
  });
  log.debug(describeConfig(config), 'configuration');
  try {
    await using platform = await startPlatform({ config, log });
    started(platform, log);
    await stopped;
  } finally {
    clearTimeout(timer);
  }
}

/** The first signal to stop. After it signals mean again what they mean to every process: the end. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const take = (signal: NodeJS.Signals): void => {
      for (const each of SIGNALS) process.off(each, take);
      resolve(signal);
    };
    for (const each of SIGNALS) process.on(each, take);
  });
}

function giveUp(log: Log): void {
  log.error('stopping took too long; what was under way will be done again by whoever comes next');
  process.exit(1);
}
