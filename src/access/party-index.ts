import type { Versioned } from './access-queries.ts';
import { type AttributeValues, attributeValues } from './attributes.ts';
import { ORG, organizationUrn, PARTY_ID, PARTY_UUID, partyAttribute, USER_ID } from './party-identifiers.ts';
import type { PartyRecord } from './ports.ts';
import type { PartyRow } from './registry/rows.ts';

/** A party of the register. */
export interface KnownParty extends PartyRecord {
  readonly kind: PartyRow['kind'];
  /** Kind of organisation, such as `BEDR`. */
  readonly type?: string | undefined;
  readonly isDeleted: boolean;
  /** URN of the organisation that owns a system user. */
  readonly owner?: string | undefined;
  /** What every decision request about the party says: all its names. */
  readonly attributes: AttributeValues;
}

/** Parties by everything that they are known by. */
export class PartyIndex {
  readonly #byUrn = new Map<string, KnownParty>();
  readonly #byPartyId = new Map<number, KnownParty>();
  readonly #byUserId = new Map<number, KnownParty>();
  readonly #byUuid = new Map<string, KnownParty>();
  /** Sub-units by the URN of their main unit. */
  readonly #units = new Map<string, Map<string, KnownParty>>();
  readonly #ownerOf: (org: string) => string | undefined;

  /** @param ownerOf the organisation number behind the short code of a service owner. */
  constructor(ownerOf: (org: string) => string | undefined) {
    this.#ownerOf = ownerOf;
  }

  /** By URN, or by any of the other forms that a subject of an event may have. */
  get(identifier: string): KnownParty | undefined {
    return this.#byUrn.get(identifier) ?? this.#find(identifier.toLowerCase());
  }

  byPartyId(partyId: number): KnownParty | undefined {
    return this.#byPartyId.get(partyId);
  }

  byUserId(userId: number): KnownParty | undefined {
    return this.#byUserId.get(userId);
  }

  byUuid(uuid: string): KnownParty | undefined {
    return this.#byUuid.get(uuid.toLowerCase());
  }

  /** Sub-units of an organisation. */
  unitsOf(urn: string): Iterable<KnownParty> {
    return this.#units.get(urn)?.values() ?? [];
  }

  /** First everything that changed is taken out, so that parties may have swapped their ids. */
  apply(rows: readonly Versioned<PartyRow>[]): void {
    for (const { urn } of rows) this.#remove(urn);
    for (const row of rows) if (!row.deleted) this.#add(know(row));
  }

  #find(identifier: string): KnownParty | undefined {
    const [id, value] = partyAttribute(identifier) ?? ['', ''];
    switch (id) {
      case '':
        return undefined;
      case PARTY_ID:
        return this.#byPartyId.get(wholeNumber(value));
      case USER_ID:
        return this.#byUserId.get(wholeNumber(value));
      case PARTY_UUID:
        return this.#byUuid.get(value);
      case ORG:
        return this.#byUrn.get(organizationUrn(this.#ownerOf(value) ?? value));
      default:
        return this.#byUrn.get(`${id}:${value}`);
    }
  }

  #remove(urn: string): void {
    const party = this.#byUrn.get(urn);
    if (!party) return;
    this.#byUrn.delete(urn);
    this.#byPartyId.delete(party.partyId);
    this.#byUuid.delete(party.partyUuid);
    if (party.userId !== undefined) this.#byUserId.delete(party.userId);
    if (party.mainUnit !== undefined) this.#units.get(party.mainUnit)?.delete(urn);
  }

  #add(party: KnownParty): void {
    this.#byUrn.set(party.urn, party);
    this.#byPartyId.set(party.partyId, party);
    this.#byUuid.set(party.partyUuid, party);
    if (party.userId !== undefined) this.#byUserId.set(party.userId, party);
    if (party.mainUnit === undefined) return;
    const units = this.#units.get(party.mainUnit) ?? new Map<string, KnownParty>();
    units.set(party.urn, party);
    this.#units.set(party.mainUnit, units);
  }
}

/** Digits only: `1e3` and `0x10` are numbers to JavaScript, but no party's id. */
function wholeNumber(digits: string): number {
  return /^\d{1,10}$/.test(digits) ? Number(digits) : Number.NaN;
}

function know(row: PartyRow): KnownParty {
  return {
    urn: row.urn,
    kind: row.kind,
    name: row.name,
    partyId: row.party_id,
    partyUuid: row.party_uuid,
    userId: row.user_id ?? undefined,
    dateOfBirth: row.document.dateOfBirth,
    type: row.document.type,
    isDeleted: row.document.isDeleted ?? false,
    mainUnit: row.kind === 'organization' ? (row.belongs_to ?? undefined) : undefined,
    owner: row.kind === 'systemUser' ? (row.belongs_to ?? undefined) : undefined,
    attributes: namesOf(row),
  };
}

function namesOf({ urn, party_id, party_uuid }: PartyRow): AttributeValues {
  const names = [
    partyAttribute(urn) ?? ['', ''],
    [PARTY_ID, String(party_id)],
    [PARTY_UUID, party_uuid],
  ] as const;
  return new Map(names.map(([id, value]) => [id, attributeValues(id, value)]));
}
