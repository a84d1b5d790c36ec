/** Where the system under test is, and who and what it knows. */
export interface Target {
  /** Origin and prefix: `https://platform.example/dialogporten`. */
  readonly api: string;
  /** A generator of test tokens with Altinn's query interface. */
  readonly tokens: string;
  /** `user:password` for the generator, when it asks for one. */
  readonly tokensLogin?: string | undefined;
  readonly owner: Organization;
  readonly otherOwner: Organization;
  /** National identity number of a person who may read everything of the party. */
  readonly person: string;
  /** URN; units below it, the person its manager. */
  readonly party: string;
  /** URN of a service resource of the owner. */
  readonly resource: string;
}

export interface Organization {
  readonly org: string;
  readonly orgNo: string;
}

/** A system in development mode with the example registry. */
export function exampleTarget(base: string): Target {
  return {
    ...{ api: `${base}/dialogporten`, tokens: `${base}/dev/token` },
    owner: { org: 'ttd', orgNo: '991825827' },
    otherOwner: { org: 'skd', orgNo: '974761076' },
    person: '08844397713',
    party: 'urn:altinn:organization:identifier-no:310923044',
    resource: 'urn:altinn:resource:super-simple-service',
  };
}
