import { Failure } from '../../lib/errors.ts';
import { isOrganizationNumber } from '../../lib/person-number.ts';
import { compilePolicy } from '../xacml/compile.ts';
import type { FaultListener } from './faults.ts';
import type { ResourceRow } from './rows.ts';
import {
  boolean,
  dictionary,
  integer,
  list,
  matching,
  object,
  oneOf,
  optional,
  storable,
  text,
} from './shape.ts';

export const RESOURCE_PREFIX = 'urn:altinn:resource:';

const IDENTIFIER = /^[a-z0-9][a-z0-9_-]{0,127}$/;

/** `urn:altinn:resource:` and an identifier as the registry writes them. */
export const resourceUrn = matching(
  (value) => value.startsWith(RESOURCE_PREFIX) && IDENTIFIER.test(value.slice(RESOURCE_PREFIX.length)),
  `must be ${RESOURCE_PREFIX} and an identifier in lower case`,
);

/** An app's identifier names its owner and itself: `app_ttd_form`. Any other may look as it likes. */
function isResourceIdentifier(value: string): boolean {
  return IDENTIFIER.test(value) && (!value.startsWith('app_') || /^app_[^_]+_[^_]+$/.test(value));
}

const words = object({ nb: text(), nn: optional(text()), en: optional(text()) });
const freeWords = dictionary(text(10_000));

const competentAuthority = object({
  organization: matching(isOrganizationNumber, 'must be an organisation number (nine digits, mod-11)'),
  orgcode: matching(
    (value) => /^[A-Za-z0-9-]{1,20}$/.test(value),
    'must be the short code of an organisation',
  ),
  name: optional(words),
});

/** Everything that Altinn Resource Registry writes about a resource; most of it is kept without being looked at. */
const resource = object({
  identifier: matching(
    isResourceIdentifier,
    'must be lower case letters, digits, - and _; of an app app_<org>_<app>',
  ),
  version: optional(text()),
  versionId: optional(integer(0, 2 ** 31 - 1)),
  title: words,
  description: optional(freeWords),
  rightDescription: optional(freeWords),
  homepage: optional(text()),
  status: optional(oneOf('Active', 'Completed', 'Deprecated', 'UnderDevelopment', 'Withdrawn')),
  spatial: optional(list(text())),
  contactPoints: optional(
    list(
      object({
        category: optional(text()),
        email: optional(text()),
        telephone: optional(text()),
        contactPage: optional(text()),
      }),
    ),
  ),
  produces: optional(list(text())),
  isPartOf: optional(text()),
  thematicAreas: optional(list(text())),
  resourceReferences: optional(
    list(
      object({
        referenceSource: optional(text()),
        reference: optional(text()),
        referenceType: optional(text()),
      }),
    ),
  ),
  delegable: optional(boolean),
  visible: optional(boolean),
  hasCompetentAuthority: competentAuthority,
  keywords: optional(list(object({ word: text(), language: optional(text()) }))),
  accessListMode: optional(oneOf('Disabled', 'Enabled')),
  limitedByRRR: optional(boolean),
  selfIdentifiedUserEnabled: optional(boolean),
  enterpriseUserEnabled: optional(boolean),
  resourceType: oneOf(
    'Default',
    'SystemResource',
    'MaskinportenSchema',
    'Altinn2Service',
    'AltinnApp',
    'GenericAccessResource',
    'BrokerService',
    'CorrespondenceService',
    'Consent',
    'MigratedApp',
  ),
  availableForType: optional(list(text())),
  authorizationReference: optional(list(object({ id: text(), value: text() }))),
  isOneTimeConsent: optional(boolean),
  consentTemplate: optional(text()),
  consentText: optional(freeWords),
  consentMetadata: optional(dictionary(object({ optional: optional(boolean) }))),
});

/** Reads a resource of the registry. The document is kept as it was given; `policy` is not looked at here. */
export function readResource(document: unknown, policy: string, at: FaultPlace): ResourceRow {
  const read = resource(document, at.place, at.faults);
  return {
    identifier: read.identifier,
    document: Object(document) as object,
    type: read.resourceType.toLowerCase(),
    org: read.hasCompetentAuthority.orgcode.toLowerCase(),
    owner: read.hasCompetentAuthority.organization,
    policy,
  };
}

export interface FaultPlace {
  readonly place: string;
  readonly faults: FaultListener;
}

/** Whether the policy can be understood as a whole; what cannot is told as the XACML engine tells it. */
export function checkPolicy(policy: string, at: FaultPlace): void {
  storable(policy, at.place, at.faults);
  try {
    compilePolicy(policy);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    at.faults.add(at.place, thrown.message);
  }
}
