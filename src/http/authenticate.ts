import type { IncomingHttpHeaders } from 'node:http';
import type { Identity } from '../access/ports.ts';

/** Whoever sends a request. */
export interface Caller {
  readonly identity: Identity;
  /** `/org/ttd`, `/user/1`, …: undefined when the token names nobody who may have subscriptions. */
  readonly consumer: string | undefined;
}

/** Reads the caller from a request's headers. Throws Failure `token-missing`, `token-refused`, `decision-unavailable`. */
export type Authenticate = (headers: IncomingHttpHeaders) => Promise<Caller>;
