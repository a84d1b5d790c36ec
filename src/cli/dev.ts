import { environment, readConfig } from '../config.ts';
import { runUntilStopped } from './run.ts';
import { walk } from './walk.ts';

/** `budstikka dev`: everything on one machine, nothing to configure. */
export async function dev(): Promise<void> {
  // What happens to requests is of little interest to someone who tries things out; what goes wrong is.
  const env = { BUDSTIKKA_LOG_LEVEL: 'warn', ...environment };
  await runUntilStopped({
    config: readConfig(env, 'dev'),
    started: (platform) => {
      if (platform.address !== undefined) console.log(walk(platform.address));
    },
  });
}
