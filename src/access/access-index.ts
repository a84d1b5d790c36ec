import type { Log } from '../lib/log.ts';
import type { AccessChanges } from './access-queries.ts';
import { GrantIndex, type KnownGrant } from './grant-index.ts';
import { type KnownParty, PartyIndex } from './party-index.ts';
import { type KnownResource, ResourceIndex } from './resource-index.ts';

/** Registry, register and grants as of one version: all that a decision is made from, besides the question. */
export interface KnownAccess {
  readonly version: number;
  /** By URN, ignoring case. */
  resource(urn: string): KnownResource | undefined;
  /** By party URN, `/party/…`, `/organisation/…`, `/org/…`, `/person/…`, `/user/…`, or URN of another of its ids. */
  party(identifier: string): KnownParty | undefined;
  grant(recipient: string, party: string): KnownGrant | undefined;
}

/** The same in memory, moved from version to version by what changed. */
export class AccessIndex implements KnownAccess {
  readonly #resources: ResourceIndex;
  readonly #parties: PartyIndex;
  readonly #grants = new GrantIndex();
  #version = 0;

  constructor(log: Log) {
    this.#resources = new ResourceIndex(log);
    this.#parties = new PartyIndex((org) => this.#resources.ownerOf(org));
  }

  get version(): number {
    return this.#version;
  }

  resource(urn: string): KnownResource | undefined {
    return this.#resources.get(urn);
  }

  party(identifier: string): KnownParty | undefined {
    return this.#parties.get(identifier);
  }

  grant(recipient: string, party: string): KnownGrant | undefined {
    return this.#grants.get(recipient, party);
  }

  /** Sub-units of an organisation. */
  unitsOf(urn: string): Iterable<KnownParty> {
    return this.#parties.unitsOf(urn);
  }

  /** All grants of one recipient by party URN. */
  grantsTo(recipient: string): ReadonlyMap<string, KnownGrant> {
    return this.#grants.to(recipient);
  }

  /** In one turn of the event loop: no decision ever sees half a version. */
  apply(changes: AccessChanges): void {
    this.#resources.apply(changes.resources);
    this.#parties.apply(changes.parties);
    this.#grants.apply(changes.grants);
    this.#version = changes.version;
  }
}
