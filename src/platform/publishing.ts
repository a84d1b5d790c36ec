import type { IncomingHttpHeaders } from 'node:http';
import type { PlatformApp } from '../access/tokens/platform-tokens.ts';
import type { Config } from '../config.ts';
import { CallerLimit } from '../http/limits.ts';
import type { PublishRoutesOptions } from '../http/routes/events/options.ts';
import { Failure } from '../lib/errors.ts';
import { monotonic } from '../lib/time.ts';
import type { Callers } from './callers.ts';
import type { Ground } from './ground.ts';

/** What the routes that take events from outside need. */
export function openPublishing(
  config: Config,
  { database, bus }: Ground,
  callers: Callers,
): Pick<PublishRoutesOptions, 'publishing' | 'countPublished' | 'appOf' | 'serverTiming'> {
  const { registry, freshDecisions, platformTokens } = callers;
  const limit = new CallerLimit(config.limits.publishedPerSecond, monotonic);
  return {
    countPublished: (identity, events) => limit.take(identity, events),
    publishing: { database, registry, decisions: freshDecisions, committed: () => bus.grown() },
    appOf: async (headers) => {
      const token = tokenOf(headers);
      return token === undefined ? undefined : platformTokens.verify(token).catch(nobody);
    },
    serverTiming: config.mode === 'dev',
  };
}

function tokenOf(headers: IncomingHttpHeaders): string | undefined {
  const token = headers['platformaccesstoken'];
  return typeof token === 'string' && token !== '' ? token : undefined;
}

/** A token that is not accepted is as good as none; one that cannot be judged now is no answer. */
function nobody(thrown: unknown): PlatformApp | undefined {
  if (thrown instanceof Failure && thrown.code === 'token-refused') return undefined;
  throw thrown;
}
