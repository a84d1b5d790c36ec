import { createHash } from 'node:crypto';
import { wallClock } from '../../lib/time.ts';
import type { Claims } from './claims.ts';

const CAPACITY = 10_000;

/**
 * Tokens that were verified, by SHA-256, until they expire. A signature costs a quarter of a millisecond; clients send
 * the same token with every request. Beyond the capacity the one that was added first goes.
 */
export class RememberedTokens {
  readonly #claims = new Map<string, Claims>();

  get(token: string): Claims | undefined {
    const hash = digest(token);
    const claims = this.#claims.get(hash);
    if (claims === undefined || wallClock() < claims.expires) return claims;
    this.#claims.delete(hash);
    return undefined;
  }

  add(token: string, claims: Claims): void {
    const [first] = this.#claims.keys();
    if (first !== undefined && this.#claims.size >= CAPACITY) this.#claims.delete(first);
    this.#claims.set(digest(token), claims);
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
