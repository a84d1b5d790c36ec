import type { Interest } from '../../src/subscriptions/matching.ts';

/** Subscriptions in all; how many share one resource without a subject; how many have prefixes, on one resource too. */
export const CROWD = { all: 1_000_000, shared: 10_000, prefixed: 1000 };
export const SHARED = 'urn:altinn:resource:shared-by-many';
export const PREFIXED = 'urn:altinn:resource:asked-for-by-prefix';

const TYPES = 23;
const SERVICES = 1000;
const COMPANIES = 500_000;
const LANES = 256;

export const typeOf = (number: number) => `dialogporten.dialog.kind${number % TYPES}.v1`;
export const serviceOf = (number: number) => `urn:altinn:resource:service-${number % SERVICES}`;
export const companyOf = (number: number) =>
  `urn:altinn:organization:identifier-no:${300_000_000 + (number % COMPANIES)}`;
/** A thousand different ones, of 5 to 27 characters, some of which begin others. */
export const prefixOf = (number: number) => 'dialogporten.dialog.kind'.slice(0, 4 + (number % 20)) + number;

/** The wish of one of a million: two of them share a service and a company, and every third names a type. */
export function interestAt(number: number): Interest {
  const common = {
    id: number + 1,
    lane: number % LANES,
    includeSubunits: false,
    sourceBase: null,
    orgNumber: null,
  };
  if (number < CROWD.shared) return { ...common, resource: SHARED, subject: null, type: typeOf(number) };
  if (number < CROWD.shared + CROWD.prefixed)
    return { ...common, resource: PREFIXED, subject: null, type: `${prefixOf(number)}*` };
  const type = number % 3 === 0 ? typeOf(number) : null;
  return { ...common, resource: serviceOf(number), subject: companyOf(number), type };
}
