import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { toError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { pause } from '../lib/time.ts';

export interface NotifyOptions {
  readonly url: string;
  readonly channel: string;
  readonly log: Log;
  /** Called at every notification from another process, and after every reconnect. */
  readonly heard: () => void;
}

/** A LISTEN that comes back, and a NOTIFY on the same connection: never inside a transaction that writes. */
export interface NotifyWire extends AsyncDisposable {
  tell(): Promise<void>;
}

/** Longest wait before the connection is tried again, in milliseconds. */
const RECONNECT_MOST = 5000;
/** Milliseconds for a connection to be made, and for it to carry a notification: beyond them it is given up. */
const CONNECT_MOST = 10_000;
const TELL_MOST = 5000;

/**
 * Listens on one connection of its own until disposed, reconnecting for ever. What was notified meanwhile is lost, so
 * `heard` is called after every connect: whoever hears must then look for itself.
 */
export function openNotifyWire(options: NotifyOptions): NotifyWire {
  const self = randomUUID();
  const ended = new AbortController();
  let client: pg.Client | undefined;

  const running = (async () => {
    for (let failures = 0; !ended.signal.aborted; failures++) {
      const lost = new AbortController();
      const next = new pg.Client({
        connectionString: options.url,
        application_name: 'budstikka notify',
        connectionTimeoutMillis: CONNECT_MOST,
        query_timeout: TELL_MOST,
        keepAlive: true,
        keepAliveInitialDelayMillis: CONNECT_MOST,
      });
      next.on('error', () => lost.abort());
      next.on('end', () => lost.abort());
      next.on('notification', (message) => message.payload !== self && options.heard());
      try {
        await next.connect();
        await next.query(`LISTEN ${pg.escapeIdentifier(options.channel)}`);
        client = next;
        failures = 0;
        options.heard();
        await pause(2 ** 31 - 1, AbortSignal.any([lost.signal, ended.signal]));
      } catch (thrown) {
        options.log.warn({ err: toError(thrown).message }, 'notifications were interrupted');
      }
      client = undefined;
      await next.end().catch(() => undefined);
      await pause(Math.min(RECONNECT_MOST, 100 * 2 ** Math.min(failures, 6)), ended.signal);
    }
  })();

  return {
    tell: async () => {
      const teller = client;
      await teller
        ?.query({ name: 'notify', text: 'SELECT pg_notify($1, $2)', values: [options.channel, self] })
        .catch(() => teller.end());
    },
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await running;
    },
  };
}
