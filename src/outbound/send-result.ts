import { AddressRefused } from './address-guard.ts';
import { ConnectFailure, type ConnectStage } from './connector.ts';

/**
 * The receiver said a status. The status decides: a body that never ends, or that breaks off, does not turn a yes into
 * a no, it only is not `complete`. Redirects are answers and are not followed.
 */
export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  /** Seconds that the receiver asked us to wait (RFC 9110 §10.2.3). */
  readonly retryAfter: number | undefined;
  /** What was kept of the body, as text without NUL characters. */
  readonly body: string;
  /** Whether the whole answer was received and kept. */
  readonly complete: boolean;
  /** When the request was written, the answer's headers were in, and it was over: epoch milliseconds. */
  readonly startedAt: number;
  readonly firstByteAt: number;
  readonly endedAt: number;
}

export type FailureCause = ConnectStage | 'timeout' | 'reset' | 'refused-address' | 'protocol' | 'stopped';

/** No status came. `stopped` is ours: the sender was disposed while the request was on its way. */
export interface Failed {
  readonly kind: 'failed';
  readonly cause: FailureCause;
  /** For the delivery log: no path, no query, at most 200 characters. */
  readonly detail: string;
  /** When the request was written, epoch milliseconds; undefined when the receiver cannot have seen any of it. */
  readonly startedAt: number | undefined;
  readonly endedAt: number;
  /** The connection had served before: with `reset`, the receiver may just have closed an idle connection. */
  readonly reused: boolean;
}

/** Nothing was written and the receiver is not to blame. */
export interface NotStarted {
  readonly kind: 'not-started';
  /** `mayStart` said no; too many are waiting already; the sender is being disposed. */
  readonly because: 'may-not-start' | 'no-room' | 'stopping';
}

export type SendResult = Answered | Failed | NotStarted;

const MAX_DETAIL = 200;

export function toDetail(error: Error): string {
  return error.message.slice(0, MAX_DETAIL);
}

const CONNECTION_ENDED: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
]);

/** What an error of the HTTP client means for a delivery. */
export function causeOf(error: Error): FailureCause {
  if (error instanceof AddressRefused) return 'refused-address';
  if (error instanceof ConnectFailure) return error.stage;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (CONNECTION_ENDED.has(code)) return 'reset';
  // undici has one code for "the other side closed" and for an answer that cannot be one ("bad response").
  if (code === 'UND_ERR_SOCKET') return error.message.startsWith('bad ') ? 'protocol' : 'reset';
  if (code === 'UND_ERR_DESTROYED') return 'connect';
  return /^ERR_(SSL|TLS)_/.test(code) ? 'tls' : 'protocol';
}
