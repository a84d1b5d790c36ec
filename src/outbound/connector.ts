import { isIP, type LookupFunction, connect as openTcp, type Socket } from 'node:net';
import { connect as openTls } from 'node:tls';
import type { buildConnector } from 'undici';
import { toError } from '../lib/errors.ts';
import { AddressRefused, type Guard } from './address-guard.ts';
import type { Resolve } from './resolver.ts';

export interface ConnectorOptions {
  readonly guard: Guard;
  readonly resolve: Resolve;
  /** Certificate authorities in PEM to trust instead of the public ones. */
  readonly certificateAuthorities?: string | undefined;
}

export type ConnectStage = 'dns' | 'connect' | 'tls';

/** No connection came about; the stage says how far it got. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';
  readonly stage: ConnectStage;

  constructor(stage: ConnectStage, cause: Error) {
    super(textOf(cause), { cause });
    this.stage = stage;
  }
}

/** An attempt at several addresses fails with an AggregateError, which has no text of its own. */
function textOf(error: Error): string {
  const first = error instanceof AggregateError ? toError(error.errors[0]) : error;
  return first.message;
}

const TCP_KEEP_ALIVE = 60_000;

/**
 * Opens the sockets of one origin, to addresses that the guard has seen.
 *
 * A literal address is checked here, because the socket never looks it up. A name is looked up once, by the socket
 * itself; every address found must pass, and the socket dials one of these and no other. In between there is no second
 * lookup that could answer differently. The name stays what TLS (SNI, certificate) and the Host header say.
 */
export class Connector {
  readonly #options: ConnectorOptions;
  /** Shortens the next TLS handshake with the same origin. */
  #session: Buffer | undefined;

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /** Calls back once with the connected socket or the failure. Returns the socket, so that the caller can give up. */
  dial(target: buildConnector.Options, callback: buildConnector.Callback): Socket | undefined {
    const refusal = isIP(target.hostname) ? this.#options.guard.checkAddress(target.hostname) : undefined;
    if (refusal !== undefined) {
      queueMicrotask(() => callback(refused(target.hostname, refusal), null));
      return undefined;
    }
    const secure = target.protocol === 'https:';
    const socket = secure ? this.#openSecure(target) : openTcp(this.#destination(target, 80));
    socket.setNoDelay(true).setKeepAlive(true, TCP_KEEP_ALIVE);
    report(socket, secure, callback);
    return socket;
  }

  #destination(target: buildConnector.Options, standardPort: number) {
    return {
      host: target.hostname,
      port: Number(target.port || standardPort),
      lookup: this.#lookup,
      autoSelectFamily: true,
    };
  }

  #openSecure(target: buildConnector.Options): Socket {
    const socket = openTls({
      ...this.#destination(target, 443),
      servername: isIP(target.hostname) ? '' : target.hostname.replace(/\.$/, ''),
      ALPNProtocols: ['http/1.1'],
      session: this.#session,
      ca: this.#options.certificateAuthorities,
    });
    return socket.on('session', (session) => {
      this.#session = session;
    });
  }

  readonly #lookup: LookupFunction = (hostname, _options, callback) => {
    void this.#answer(hostname, callback);
  };

  async #answer(hostname: string, callback: Parameters<LookupFunction>[2]): Promise<void> {
    const found = await this.#vetted(hostname);
    if (found instanceof Error) callback(found, []);
    else callback(null, found);
  }

  /** All addresses of the name, or the reason why none of them is dialled. */
  async #vetted(hostname: string): Promise<{ address: string; family: number }[] | Error> {
    try {
      const addresses = await this.#options.resolve(hostname);
      if (addresses.length === 0) throw new Error(`${hostname} has no address`);
      for (const address of addresses) {
        const refusal = this.#options.guard.checkAddress(address);
        if (refusal !== undefined) return refused(`${hostname} (${address})`, refusal);
      }
      return addresses.map((address) => ({ address, family: isIP(address) }));
    } catch (thrown) {
      return new ConnectFailure('dns', toError(thrown));
    }
  }
}

function refused(what: string, refusal: string): AddressRefused {
  return new AddressRefused(`${what} is ${refusal} and may not be called`);
}

function report(socket: Socket, secure: boolean, callback: buildConnector.Callback): void {
  let stage: ConnectStage = 'connect';
  const onError = (error: Error): void => {
    const known = error instanceof AddressRefused || error instanceof ConnectFailure;
    callback(known ? error : new ConnectFailure(stage, error), null);
  };
  socket.once('error', onError);
  if (secure)
    socket.once('connect', () => {
      stage = 'tls';
    });
  socket.once(secure ? 'secureConnect' : 'connect', () => {
    socket.off('error', onError);
    callback(null, socket);
  });
}
