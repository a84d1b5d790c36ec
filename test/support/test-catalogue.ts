import { partyOf } from '../../src/access/caller.ts';
import type { AccessCatalogue, AuthorizedParty, Identity, ListedResource } from '../../src/access/ports.ts';

/** Lists whom a test says that somebody may act for. No resources: they are tested with a registry. */
export class TestCatalogue implements AccessCatalogue {
  readonly #parties = new Map<string, AuthorizedParty[]>();

  /** The person may act for the party; with instances, for these alone. */
  list(subject: string, party: string, instances: AuthorizedParty['instances'] = []): void {
    const known = this.#parties.get(subject) ?? [];
    this.#parties.set(subject, [...known, { ...NOTHING_SPECIAL, urn: party, name: party, instances }]);
  }

  async resources(): Promise<readonly ListedResource[]> {
    return [];
  }

  async authorizedParties(identity: Identity): Promise<readonly AuthorizedParty[]> {
    return this.#parties.get(partyOf(identity) ?? '') ?? [];
  }
}

const NOTHING_SPECIAL = {
  ...{ partyId: 1, partyUuid: '', kind: 'organization' as const, isDeleted: false, isSelf: false },
  ...{ hasKeyRole: false, isMainAdministrator: false, onlyForUnits: false },
  ...{ roles: [], accessPackages: [], resources: [], units: [] },
};
