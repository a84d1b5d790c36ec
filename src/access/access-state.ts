import type { Queries } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { AccessIndex, type KnownAccess } from './access-index.ts';
import { readAccessChanges } from './access-queries.ts';
import type { KnownGrant } from './grant-index.ts';
import type { KnownParty } from './party-index.ts';
import type { Register, ResourceRegistry } from './ports.ts';
import type { KnownResource } from './resource-index.ts';

export interface AccessStateOptions {
  readonly database: Queries;
  readonly log: Log;
  /** Milliseconds on a clock that never goes back. */
  readonly clock: () => number;
}

/** Reads registry, register and grants into memory. */
export async function openAccessState(options: AccessStateOptions): Promise<AccessState> {
  const state = new AccessState(options);
  await state.freshen(0);
  return state;
}

/**
 * Registry, register and grants as of one access version, for decisions that are computed and never wait.
 *
 * The database counts every change in one row, the access version; each read of the log returns that version along
 * with the events. A reader that sees a version above `version` calls `refresh` before it decides, which reads only
 * the rows that changed; one that sees the same version calls `confirm`. A decision is as good as `confirmedAt` is
 * recent: whoever decides asks `isFresh`, and calls `freshen` when it is not.
 */
export class AccessState implements KnownAccess, ResourceRegistry, Register {
  readonly #options: AccessStateOptions;
  #index: AccessIndex;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(options: AccessStateOptions) {
    this.#options = options;
    this.#index = new AccessIndex(options.log);
  }

  /** The access version that decisions rest on. */
  get version(): number {
    return this.#index.version;
  }

  /** When `version` was last known to be the newest: milliseconds on the clock of the options. */
  get confirmedAt(): number {
    return this.#confirmedAt;
  }

  /** Whether `version` was the newest at most so many milliseconds ago. */
  isFresh(maxAge: number): boolean {
    return this.#options.clock() - this.#confirmedAt <= maxAge;
  }

  /** Somebody read the version from the database, asking at this time. */
  confirm(version: number, at: number): void {
    if (version === this.version && at > this.#confirmedAt) this.#confirmedAt = at;
  }

  /**
   * Resolves when decisions rest on this version or a newer one.
   * @throws Failure('decision-unavailable') when the database does not have that version.
   */
  async refresh(version: number): Promise<void> {
    // A read that was under way may have begun before the version was committed; the one after it has not.
    for (let reads = 0; this.version < version; reads += 1) {
      if (reads === 2) {
        throw new Failure('decision-unavailable', { detail: `Access version ${version} cannot be found.` });
      }
      await this.#read();
    }
  }

  /** Resolves when decisions rest on a version that was the newest at most so many milliseconds ago. */
  async freshen(maxAge: number): Promise<void> {
    const notBefore = this.#options.clock() - maxAge;
    while (this.#confirmedAt < notBefore) await this.#read();
  }

  resource(urn: string): KnownResource | undefined {
    return this.#index.resource(urn);
  }

  /** By party URN, `/party/…`, `/organisation/…`, `/org/…`, `/person/…`, `/user/…`, or URN of another of its ids. */
  party(identifier: string): KnownParty | undefined {
    return this.#index.party(identifier);
  }

  grant(recipient: string, party: string): KnownGrant | undefined {
    return this.#index.grant(recipient, party);
  }

  /** Sub-units of an organisation. */
  unitsOf(urn: string): Iterable<KnownParty> {
    return this.#index.unitsOf(urn);
  }

  /** All grants of one recipient by party URN. */
  grantsTo(recipient: string): ReadonlyMap<string, KnownGrant> {
    return this.#index.grantsTo(recipient);
  }

  /** One read at a time: whoever comes meanwhile waits for the one under way. */
  #read(): Promise<void> {
    this.#reading ??= this.#readChanges().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readChanges(): Promise<void> {
    const askedAt = this.#options.clock();
    const changes = await readAccessChanges(this.#options.database, this.version);
    // The database has been set back, by a restore: what is known here may never have been.
    if (changes.version < this.version) return this.#startOver();
    this.#index.apply(changes);
    this.#confirmedAt = askedAt;
  }

  async #startOver(): Promise<void> {
    const askedAt = this.#options.clock();
    const changes = await readAccessChanges(this.#options.database, 0);
    this.#index = new AccessIndex(this.#options.log);
    this.#index.apply(changes);
    this.#confirmedAt = askedAt;
  }
}
