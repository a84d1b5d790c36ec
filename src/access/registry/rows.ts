/** Rows of the tables of `migrations/000004_access.sql`, under their column names, without version and mark. */

export interface ResourceRow {
  readonly identifier: string;
  /** The resource as Altinn Resource Registry writes it, unchanged. */
  readonly document: object;
  readonly type: string;
  readonly org: string;
  readonly owner: string;
  readonly policy: string;
}

export interface PartyRow {
  readonly urn: string;
  readonly kind: 'organization' | 'person' | 'systemUser';
  readonly name: string;
  readonly party_id: number;
  readonly party_uuid: string;
  readonly user_id: number | null;
  readonly belongs_to: string | null;
  readonly document: {
    readonly type?: string | undefined;
    readonly dateOfBirth?: string | undefined;
    readonly isDeleted?: boolean | undefined;
  };
}

export interface GrantRow {
  readonly recipient: string;
  readonly party: string;
  readonly roles: readonly string[];
  readonly access_packages: readonly string[];
  readonly resources: readonly ResourceDelegation[];
  readonly instances: readonly InstanceDelegation[];
  readonly key_role: boolean;
  readonly main_administrator: boolean;
}

export interface ResourceDelegation {
  /** `urn:altinn:resource:<identifier>` */
  readonly resource: string;
  readonly actions: readonly string[];
}

export interface InstanceDelegation extends ResourceDelegation {
  readonly instance: string;
}

/** All that a registry folder says: valid by itself, every reference within it. */
export interface RegistrySnapshot {
  readonly resources: readonly ResourceRow[];
  readonly parties: readonly PartyRow[];
  readonly grants: readonly GrantRow[];
}

/** The key of a grant in the audit trail and wherever one string must name it. */
export function grantKey(grant: Pick<GrantRow, 'recipient' | 'party'>): string {
  return `${grant.recipient} ${grant.party}`;
}
