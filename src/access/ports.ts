/** Who acts, as far as access is concerned. Made from a verified token, and stored with a subscription. */
export interface Identity {
  /** Organisation number that the token was issued to or acts for. */
  readonly orgNumber?: string | undefined;
  /** Short code of a service owner (`urn:altinn:org`), when the caller is one. */
  readonly org?: string | undefined;
  /** National identity number of a person. */
  readonly pid?: string | undefined;
  readonly userId?: number | undefined;
  readonly partyId?: number | undefined;
  readonly partyUuid?: string | undefined;
  /** System user and the organisation that owns it. */
  readonly systemUser?: { readonly id: string; readonly orgNumber: string } | undefined;
  /** Supplier organisation number, when one acts on behalf of the consumer. */
  readonly supplier?: string | undefined;
  readonly scopes: readonly string[];
  /** Authentication level 0–4. */
  readonly level: number;
}

/** The whole question that is asked everywhere: may this one do this, with this resource, on behalf of this party? */
export interface AccessQuestion {
  readonly identity: Identity;
  readonly action: string;
  /** `urn:altinn:resource:<identifier>` */
  readonly resource: string;
  readonly instance?: string | undefined;
  /** Party URN, or any other subject of an event. Left out when nobody in particular is asked for. */
  readonly party?: string | undefined;
  /** Further resource attributes: subresource, task, appresource, event type, … as [attribute id, value]. */
  readonly attributes?: readonly (readonly [string, string])[] | undefined;
}

export interface AccessDecision {
  readonly permitted: boolean;
  /** RuleId that permits; a word for why not otherwise. */
  readonly because: string;
  /** True when only the authentication level is missing. */
  readonly levelTooLow?: boolean | undefined;
  /** Monotonic milliseconds after which nothing may begin on it; undefined when it was computed from what is known. */
  readonly validUntil?: number | undefined;
}

/** The policy decision point. Decisions come in the order of the questions. Rejects when a decision cannot be had. */
export interface DecisionPoint {
  decide(questions: readonly AccessQuestion[]): Promise<AccessDecision[]> | AccessDecision[];
}

/** A service resource as the registry knows it. */
export interface ServiceResource {
  readonly identifier: string;
  readonly urn: string;
  /** Lower case: genericaccessresource, altinnapp, migratedapp, correspondenceservice. */
  readonly type: string;
  /** Short code and organisation number of the service owner. */
  readonly org: string;
  readonly owner: string;
}

export interface ResourceRegistry {
  /** By URN, ignoring case; undefined when there is none. */
  resource(urn: string): Promise<ServiceResource | undefined> | ServiceResource | undefined;
}

export interface PartyRecord {
  readonly urn: string;
  readonly name: string;
  readonly partyId: number;
  readonly partyUuid: string;
  readonly userId?: number | undefined;
  readonly dateOfBirth?: string | undefined;
  /** URN of the main unit, of an organisation that is a sub-unit. */
  readonly mainUnit?: string | undefined;
}

export interface Register {
  /** By party URN, `/party/{id}`, `/organisation/{number}`, `/person/{number}`, `/user/{id}`; undefined when unknown. */
  party(identifier: string): Promise<PartyRecord | undefined> | PartyRecord | undefined;
}

/** A text in one language, ISO 639. */
export interface LocalizedText {
  readonly languageCode: string;
  readonly value: string;
}

/** Role codes and access packages, in lower case and without the URN before them. */
export interface Holdings {
  readonly roles: readonly string[];
  readonly accessPackages: readonly string[];
}

/** A service resource as people are shown it. */
export interface ListedResource extends ServiceResource {
  /** As the registry writes it: `GenericAccessResource`. */
  readonly resourceType: string;
  readonly status: string;
  readonly isDelegable: boolean;
  /** Authentication level (0–4) that the policy asks of everybody. */
  readonly minimumLevel: number;
  readonly names: readonly LocalizedText[];
  readonly ownerNames: readonly LocalizedText[];
  /** Whom the policy names where it permits reading. For lists: somebody who is named may still be denied. */
  readonly readers: Holdings;
}

/** A party that somebody may act for, and why. */
export interface AuthorizedParty extends PartyRecord, Holdings {
  readonly kind: 'organization' | 'person';
  readonly isDeleted: boolean;
  /** Whoever asks. */
  readonly isSelf: boolean;
  readonly hasKeyRole: boolean;
  readonly isMainAdministrator: boolean;
  /** Nothing has been granted for the party itself, only for units of it. */
  readonly onlyForUnits: boolean;
  /** URNs of service resources that were delegated. */
  readonly resources: readonly string[];
  readonly instances: readonly { readonly resource: string; readonly instance: string }[];
  readonly units: readonly AuthorizedParty[];
}

/** What there is, and who may act for whom: for people to choose from, never to decide by. Rejects when it is out of reach. */
export interface AccessCatalogue {
  /** Those of the service resources, by URN, that the registry has. */
  resources(urns: readonly string[]): Promise<readonly ListedResource[]>;
  /** In the order of their names; units of an organisation stand below it. */
  authorizedParties(identity: Identity): Promise<readonly AuthorizedParty[]>;
}
