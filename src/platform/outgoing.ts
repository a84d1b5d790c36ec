import type { Config } from '../config.ts';
import type { Disposals } from '../lib/disposals.ts';
import { createGuard, type Guard } from '../outbound/address-guard.ts';
import type { SendLimits } from '../outbound/exchange.ts';
import { Resolver } from '../outbound/resolver.ts';
import { Sender } from '../outbound/sender.ts';

/** What calls strangers, and what keeps it from calling where it must not. */
export interface Outgoing {
  readonly guard: Guard;
  readonly sender: Sender;
  readonly limits: SendLimits;
}

/** Requests that may wait for a connection to one origin, and origins that connections are held to. */
const WAITING_MOST = 10_000;
const ORIGINS_MOST = 10_000;
const KEEP_ALIVE_MS = 30_000;
const LOOKUP = { timeout: 2000, tries: 2 };
/** Bytes of an answer that are kept, and that are read beyond those. */
const KEEP = 1024;
const DRAIN = 65_536;

export function openOutgoing(config: Config, disposals: Disposals): Outgoing {
  const isDevelopment = config.mode === 'dev';
  const guard = createGuard({
    allowLoopback: isDevelopment,
    allowHttp: isDevelopment,
    allowedNetworks: config.outbound.allowedNetworks,
  });
  const resolver = disposals.use(new Resolver(LOOKUP));
  const sender = disposals.use(
    new Sender({
      ...{ guard, resolve: (name) => resolver.resolve(name), keepAlive: KEEP_ALIVE_MS },
      ...{ waitingPerOrigin: WAITING_MOST, maxOrigins: ORIGINS_MOST },
      connectionsPerOrigin: config.delivery.endpointConcurrency,
    }),
  );
  const { connectTimeoutMs, headersTimeoutMs, bodyTimeoutMs, attemptTimeoutMs } = config.outbound;
  return {
    guard,
    sender,
    limits: {
      ...{
        connect: connectTimeoutMs,
        headers: headersTimeoutMs,
        body: bodyTimeoutMs,
        total: attemptTimeoutMs,
      },
      ...{ keep: KEEP, drain: DRAIN },
    },
  };
}
