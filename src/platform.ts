import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { Disposals } from './lib/disposals.ts';
import { Failure } from './lib/errors.ts';
import type { Reach } from './lib/failpoint.ts';
import type { Log } from './lib/log.ts';
import { openAccess } from './platform/access.ts';
import { openCallers } from './platform/callers.ts';
import { openDispatch } from './platform/dispatch.ts';
import { openGround } from './platform/ground.ts';
import { openHousekeeping } from './platform/housekeeping.ts';
import { Metrics } from './platform/metrics.ts';
import { openOutgoing } from './platform/outgoing.ts';
import { dialogsOptions, openWeb } from './platform/web.ts';

export interface PlatformOptions {
  readonly config: Config;
  readonly log: Log;
  /** For tests that end the process at a point of the send path. Configuration cannot set it. */
  readonly reach?: Reach;
}

/** A running system. Disposal ends it in reverse: no new requests, what is under way ends, then the ground. */
export interface Platform extends AsyncDisposable {
  /** Where it listens; undefined without the roles that answer requests. */
  readonly address: string | undefined;
}

/**
 * Configuration in, running system out; tests start this same thing. What was opened before a fault is ended again.
 *
 * @throws Failure of kind `startup`
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, log } = options;
  const disposals = new Disposals();
  try {
    const ground = await openGround({ config, log, disposals });
    const outgoing = openOutgoing(config, disposals);
    const access = openAccess({ config, ground, outgoing, log, disposals });
    const callers = openCallers({ config, ground, outgoing, access });
    const reach = options.reach ?? (() => undefined);
    const metrics = new Metrics(ground.database);
    const parts = { config, log, disposals, ground, outgoing, callers, reach, metrics };
    openHousekeeping({ ...parts, dialogs: dialogsOptions(parts) });
    const app = await openWeb({ ...parts, ...openDispatch(parts) });
    disposals.defer(() => app.close());
    const address = await listen(app, config);
    return { address, [Symbol.asyncDispose]: () => disposals[Symbol.asyncDispose]() };
  } catch (thrown) {
    await disposals[Symbol.asyncDispose]().catch(() => undefined);
    throw thrown;
  }
}

async function listen(app: FastifyInstance, config: Config): Promise<string> {
  const { host, port } = config.http;
  try {
    await app.listen({ host, port });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw thrown;
    throw new Failure('port-taken', {
      detail: `Port ${port} on ${host} is taken. End the other program or set BUDSTIKKA_PORT.`,
      cause: thrown,
    });
  }
  const address = app.server.address() as AddressInfo;
  return `http://${host}:${address.port}`;
}
