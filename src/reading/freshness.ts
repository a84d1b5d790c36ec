import type { Queries } from '../db/database.ts';
import { readVersions } from './queries.ts';

/** Something in memory that mirrors rows which carry versions. */
export interface Versioned {
  /** The version that it is not older than. */
  readonly version: number;
  /** Takes in what has changed, up to at least this version. */
  refresh(version: number): Promise<void>;
  /** The version was the newest at this time, in monotonic milliseconds. */
  confirm?(version: number, at: number): void;
}

export interface Versions {
  readonly accessVersion: number;
  readonly subscriptionVersion: number;
}

/**
 * How current the things are that decisions rest on. Every page of the log brings the versions; whoever acts on an older
 * confirmation than it may asks for them.
 */
export class Freshness {
  /** Monotonic milliseconds at which the versions were last known to be current. */
  confirmedAt = Number.NEGATIVE_INFINITY;
  readonly #queries: Queries;
  readonly #access: Versioned;
  readonly #subscriptions: Versioned | undefined;
  readonly #now: () => number;
  #renewing: Promise<void> | undefined;

  constructor(
    queries: Queries,
    parts: { readonly access: Versioned; readonly subscriptions?: Versioned; readonly now: () => number },
  ) {
    this.#queries = queries;
    this.#access = parts.access;
    this.#subscriptions = parts.subscriptions;
    this.#now = parts.now;
  }

  /** Takes in versions that were read by a statement sent at `askedAt`. */
  async confirm(versions: Versions, askedAt: number): Promise<void> {
    if (this.#access.version < versions.accessVersion) await this.#access.refresh(versions.accessVersion);
    this.#access.confirm?.(versions.accessVersion, askedAt);
    const subscriptions = this.#subscriptions;
    if (subscriptions && subscriptions.version < versions.subscriptionVersion) {
      await subscriptions.refresh(versions.subscriptionVersion);
    }
    this.confirmedAt = Math.max(this.confirmedAt, askedAt);
  }

  /** Asks the database. Whoever comes while a question is under way shares its answer. */
  renew(): Promise<void> {
    this.#renewing ??= this.#ask().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #ask(): Promise<void> {
    const askedAt = this.#now();
    const { access, subscription } = await readVersions(this.#queries);
    await this.confirm({ accessVersion: access, subscriptionVersion: subscription }, askedAt);
  }
}
