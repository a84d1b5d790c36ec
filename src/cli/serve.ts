import { environment, readConfig } from '../config.ts';
import { runUntilStopped } from './run.ts';

/** `budstikka serve`: production. Everything that it needs must be configured. */
export async function serve(): Promise<void> {
  await runUntilStopped({
    config: readConfig(environment, 'production'),
    started: (platform, log) => log.info({ address: platform.address }, 'Budstikka is running'),
  });
}
