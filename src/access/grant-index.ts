import type { Versioned } from './access-queries.ts';
import type { GrantRow, InstanceDelegation, ResourceDelegation } from './registry/rows.ts';
import { STRING } from './xacml/names.ts';
import type { XacmlValue } from './xacml/request.ts';

/** What a recipient may do on behalf of a party, ready to go into a decision request. */
export interface KnownGrant {
  readonly recipient: string;
  readonly party: string;
  /** Values of `urn:altinn:rolecode`. */
  readonly roles: readonly XacmlValue[];
  /** Values of `urn:altinn:accesspackage`. */
  readonly accessPackages: readonly XacmlValue[];
  readonly resources: readonly ResourceDelegation[];
  readonly instances: readonly InstanceDelegation[];
  readonly keyRole: boolean;
  readonly mainAdministrator: boolean;
}

/** Grants by recipient, then by party. */
export class GrantIndex {
  readonly #byRecipient = new Map<string, Map<string, KnownGrant>>();

  get(recipient: string, party: string): KnownGrant | undefined {
    return this.#byRecipient.get(recipient)?.get(party);
  }

  /** All that one recipient has been granted, by party. */
  to(recipient: string): ReadonlyMap<string, KnownGrant> {
    return this.#byRecipient.get(recipient) ?? new Map();
  }

  apply(rows: readonly Versioned<GrantRow>[]): void {
    for (const row of rows) {
      if (row.deleted) this.#remove(row);
      else this.#add(know(row));
    }
  }

  #remove({ recipient, party }: GrantRow): void {
    const grants = this.#byRecipient.get(recipient);
    grants?.delete(party);
    if (grants?.size === 0) this.#byRecipient.delete(recipient);
  }

  #add(grant: KnownGrant): void {
    const grants = this.#byRecipient.get(grant.recipient) ?? new Map<string, KnownGrant>();
    grants.set(grant.party, grant);
    this.#byRecipient.set(grant.recipient, grants);
  }
}

function know(row: GrantRow): KnownGrant {
  return {
    recipient: row.recipient,
    party: row.party,
    roles: row.roles.map((code) => ({ value: code, dataType: STRING })),
    accessPackages: row.access_packages.map(packageValue),
    resources: row.resources,
    instances: row.instances,
    keyRole: row.key_role,
    mainAdministrator: row.main_administrator,
  };
}

/** A package is granted by its URN or by the last part of it; policies use the last part. */
function packageValue(accessPackage: string): XacmlValue {
  return { value: accessPackage.replace(/^urn:altinn:accesspackage:/, ''), dataType: STRING };
}
