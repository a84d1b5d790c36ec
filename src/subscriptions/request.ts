import { Failure } from '../lib/errors.ts';
import { isAppResource, type SubscriptionFilter } from './subscription.ts';

/** The body of a subscription request as it arrives; names have been matched without regard to case. */
export interface SubscriptionRequest {
  readonly endPoint?: unknown;
  readonly resourceFilter?: unknown;
  readonly subjectFilter?: unknown;
  readonly sourceFilter?: unknown;
  readonly alternativeSubjectFilter?: unknown;
  readonly typeFilter?: unknown;
  readonly includeSubunits?: unknown;
}

export interface RequestRules {
  /** Whether the caller may subscribe to a resource without naming a subject: service owners may. */
  readonly isServiceOwner: boolean;
  /** Host under which apps live, such as `apps.altinn.no`. */
  readonly appsDomain: string;
  /** Says why an endpoint cannot be called; undefined when it can. */
  readonly refuseEndpoint: (url: string) => string | undefined;
}

const URN = /^urn:[a-z0-9-]{1,30}(:[a-z0-9()+,\-.;$_!/]{1,100}){1,10}$/;
const MAX_LENGTH = 1023;

/**
 * The filter that a request asks for, in the order of checks and with the words of the Altinn Events contract. An empty
 * filter, which would silently never match, is refused.
 *
 * @throws Failure `request-invalid`
 */
export function readFilter(request: SubscriptionRequest, rules: RequestRules): SubscriptionFilter {
  const endpoint = text(request, 'endPoint');
  if (!endpoint || rules.refuseEndpoint(endpoint) !== undefined) {
    const reason = endpoint && rules.refuseEndpoint(endpoint);
    refuse('endPoint', `Missing or invalid endpoint to push events towards${reason ? `: ${reason}` : ''}`);
  }
  const sourceFilter = text(request, 'sourceFilter');
  if (sourceFilter !== null && !isHttps(sourceFilter)) {
    refuse('sourceFilter', 'SourceFilter must be an absolute URL with the https scheme.');
  }
  const includeSubunits = request.includeSubunits ?? false;
  if (typeof includeSubunits !== 'boolean')
    refuse('includeSubunits', 'IncludeSubunits must be true or false.');
  const asked = {
    endpoint,
    sourceFilter,
    includeSubunits,
    resourceFilter: text(request, 'resourceFilter')?.toLowerCase() ?? null,
    subjectFilter: text(request, 'subjectFilter'),
    typeFilter: text(request, 'typeFilter'),
  };
  if (asked.resourceFilter !== null && !URN.test(asked.resourceFilter)) {
    refuse('resourceFilter', 'Resource filter must be a valid urn');
  }
  return isForApp(asked, rules) ? appFilter(asked, rules) : genericFilter(asked, request);
}

type Asked = Omit<SubscriptionFilter, 'resourceFilter'> & { readonly resourceFilter: string | null };

function isForApp(asked: Asked, rules: RequestRules): boolean {
  if (asked.resourceFilter !== null && isAppResource(asked.resourceFilter)) return true;
  return asked.sourceFilter !== null && new URL(asked.sourceFilter).hostname.endsWith(rules.appsDomain);
}

function appFilter(asked: Asked, rules: RequestRules): SubscriptionFilter {
  if (asked.includeSubunits && asked.subjectFilter === null) {
    refuse('includeSubunits', 'IncludeSubunits requires a subject filter.');
  }
  if (asked.subjectFilter === null && !rules.isServiceOwner) {
    refuse('subjectFilter', 'A valid subject to the authenticated identity is required');
  }
  const derived = asked.sourceFilter === null ? null : resourceOfApp(asked.sourceFilter);
  const resourceFilter = asked.resourceFilter ?? derived;
  if (resourceFilter === null || (derived !== null && derived !== resourceFilter)) {
    refuse('resourceFilter', 'Provided resource filter and source filter are not compatible');
  }
  return { ...asked, resourceFilter };
}

function genericFilter(asked: Asked, request: SubscriptionRequest): SubscriptionFilter {
  if (asked.resourceFilter === null) refuse('resourceFilter', 'Resource filter is required.');
  if (asked.sourceFilter !== null) {
    refuse('sourceFilter', 'Source filter is not supported for subscriptions on this resource.');
  }
  if (text(request, 'alternativeSubjectFilter') !== null) {
    refuse(
      'alternativeSubjectFilter',
      'AlternativeSubject filter is not supported for subscriptions on this resource.',
    );
  }
  if (asked.includeSubunits && asked.subjectFilter === null) {
    refuse('includeSubunits', 'IncludeSubunits requires a subject filter.');
  }
  return { ...asked, resourceFilter: asked.resourceFilter };
}

function resourceOfApp(source: string): string {
  const parts = /^\/([^/]+)\/([^/]+)$/.exec(new URL(source).pathname);
  if (!parts) refuse('sourceFilter', 'A valid app id is required in source filter {environment}/{org}/{app}');
  return `urn:altinn:resource:app_${parts[1]}_${parts[2]}`.toLowerCase();
}

function text(request: SubscriptionRequest, field: keyof SubscriptionRequest): string | null {
  const value = request[field];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') return refuse(field, `${field} must be a string.`);
  if (value.trim() === '') {
    return refuse(field, `${field} is empty and would never match an event; leave it out instead.`);
  }
  if (value.length > MAX_LENGTH) return refuse(field, `${field} is longer than ${MAX_LENGTH} characters.`);
  return value;
}

function isHttps(value: string): boolean {
  return URL.canParse(value) && new URL(value).protocol === 'https:';
}

function refuse(field: string, detail: string): never {
  throw new Failure('request-invalid', { detail, fields: { [field]: [detail] } });
}
