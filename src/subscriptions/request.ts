import { Failure } from '../lib/errors.ts';
import { isAppResource, type SubscriptionFilter } from './subscription.ts';

const TEXTS = [
  'endPoint',
  'resourceFilter',
  'subjectFilter',
  'sourceFilter',
  'alternativeSubjectFilter',
  'typeFilter',
] as const;

/** The body of a subscription request as it arrives; names have been matched without regard to case. */
export type SubscriptionRequest = Readonly<
  Partial<
    Record<
      (typeof TEXTS)[number] | 'includeSubunits' | 'format' | 'signing' | 'order' | 'retrySchedule',
      unknown
    >
  >
>;

export interface RequestRules {
  /** Whether the caller may subscribe to an app without naming a subject: service owners may. */
  readonly isServiceOwner: boolean;
  /** Whether the caller may subscribe to anything but apps. */
  readonly maySubscribe: boolean;
  /** Host under which apps live, such as `apps.altinn.no`. */
  readonly appsDomain: string;
  /** Says why an endpoint cannot be called; undefined when it can. */
  readonly refuseEndpoint: (url: string) => string | undefined;
  /** The party behind `/org/…`, `/organisation/…` or `/person/…`; without it nobody is found. */
  readonly partyIdOf?: (alternativeSubject: string) => Promise<number | undefined>;
}

const URN = /^urn:[a-z0-9-]{1,30}(:[a-z0-9()+,\-.;$_!/]{1,100}){1,10}$/;
const ALTERNATIVE_SUBJECT = /^\/(?:org|organisation)\/\d{9}$|^\/person\/\d{11}$/;
const LONGEST = 1023;

/**
 * The filter that a request asks for, in the order of checks and with the words of the Altinn Events contract. What is
 * not of its type, and a filter that would silently never match, is refused beside it.
 *
 * @throws Failure `request-invalid`, `scope-missing`
 */
export async function readFilter(
  request: SubscriptionRequest,
  rules: RequestRules,
): Promise<SubscriptionFilter> {
  const asked = readAsked(request);
  const endpoint = readEndpoint(asked.endPoint, rules);
  const { sourceFilter, resourceFilter } = asked;
  if (sourceFilter !== null && !isHttps(sourceFilter)) {
    refuse('sourceFilter', 'SourceFilter must be an absolute URL with the https scheme.');
  }
  const isApp = isForApp(asked, rules);
  if (!isApp && !rules.maySubscribe) throw new Failure('scope-missing');
  if (resourceFilter !== null && !URN.test(resourceFilter)) refuseUrn();
  const { subject, resource } = isApp ? await readApp(asked, rules) : readGeneric(asked);
  refuseSilence(asked);
  const { typeFilter, includeSubunits } = asked;
  return {
    endpoint,
    sourceFilter,
    typeFilter,
    includeSubunits,
    resourceFilter: resource,
    subjectFilter: subject,
  };
}

type Asked = Readonly<Record<(typeof TEXTS)[number], string | null>> & { readonly includeSubunits: boolean };

/** Every member in its type; an absent one is null. Resources are compared in lower case. */
function readAsked(request: SubscriptionRequest): Asked {
  const texts = Object.fromEntries(TEXTS.map((field) => [field, readText(field, request[field])]));
  const includeSubunits = request.includeSubunits ?? false;
  if (typeof includeSubunits !== 'boolean') mistyped('includeSubunits', 'must be true or false');
  const asked = { ...(texts as Record<(typeof TEXTS)[number], string | null>), includeSubunits };
  // Empty text names no resource and no alternative, and so stands for none.
  const resourceFilter = asked.resourceFilter?.toLowerCase() || null;
  return { ...asked, resourceFilter, alternativeSubjectFilter: asked.alternativeSubjectFilter || null };
}

function readText(field: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') mistyped(field, 'must be text');
  if (value.length > LONGEST) mistyped(field, `must have at most ${LONGEST} characters`);
  // PostgreSQL keeps no U+0000; no other one of these stands in a URL, a URN or the name of a type.
  if (/\p{Cc}/u.test(value)) mistyped(field, 'must not contain control characters');
  return value;
}

function readEndpoint(endpoint: string | null, rules: RequestRules): string {
  const reason = endpoint ? rules.refuseEndpoint(endpoint) : undefined;
  if (endpoint && reason === undefined) return endpoint;
  const words = 'Missing or invalid endpoint to push events towards';
  refuse('endPoint', reason === undefined ? words : `${words}: ${reason}`);
}

function isForApp({ resourceFilter, sourceFilter }: Asked, { appsDomain }: RequestRules): boolean {
  if (resourceFilter !== null && isAppResource(resourceFilter)) return true;
  if (sourceFilter === null) return false;
  const { hostname } = new URL(sourceFilter);
  return hostname === appsDomain || hostname.endsWith(`.${appsDomain}`);
}

/** What is left to find out when all of it has its type. */
interface Aim {
  readonly resource: string;
  readonly subject: string | null;
}

async function readApp(asked: Asked, rules: RequestRules): Promise<Aim> {
  const subject = asked.subjectFilter || (await alternativeSubject(asked, rules));
  if (subject === undefined || (subject === null && !rules.isServiceOwner)) {
    refuse('subjectFilter', 'A valid subject to the authenticated identity is required');
  }
  demandSubjectForSubunits(asked, subject);
  const derived = asked.sourceFilter === null ? null : resourceOfApp(asked.sourceFilter);
  const resource = asked.resourceFilter ?? derived;
  if (resource === null || (derived !== null && derived !== resource)) {
    refuse('resourceFilter', 'Provided resource filter and source filter are not compatible');
  }
  return { resource, subject };
}

/** The party that the alternative subject names, as a subject; null when none is given, undefined for nobody. */
async function alternativeSubject(
  { alternativeSubjectFilter }: Asked,
  { partyIdOf }: RequestRules,
): Promise<string | null | undefined> {
  if (alternativeSubjectFilter === null) return null;
  if (!ALTERNATIVE_SUBJECT.test(alternativeSubjectFilter)) return undefined;
  const partyId = await partyIdOf?.(alternativeSubjectFilter);
  return partyId === undefined ? undefined : `/party/${partyId}`;
}

function resourceOfApp(source: string): string {
  const parts = /^\/([^/]+)\/([^/]+)$/.exec(new URL(source).pathname);
  if (!parts) refuse('sourceFilter', 'A valid app id is required in source filter {environment}/{org}/{app}');
  const resource = `urn:altinn:resource:app_${parts[1]}_${parts[2]}`.toLowerCase();
  return URN.test(resource) ? resource : refuseUrn();
}

function readGeneric(asked: Asked): Aim {
  if (asked.resourceFilter === null) refuse('resourceFilter', 'Resource filter is required.');
  if (asked.sourceFilter !== null) {
    refuse('sourceFilter', 'Source filter is not supported for subscriptions on this resource.');
  }
  if (asked.alternativeSubjectFilter !== null) {
    const words = 'AlternativeSubject filter is not supported for subscriptions on this resource.';
    refuse('alternativeSubjectFilter', words);
  }
  demandSubjectForSubunits(asked, asked.subjectFilter);
  return { resource: asked.resourceFilter, subject: asked.subjectFilter };
}

function demandSubjectForSubunits({ includeSubunits }: Asked, subject: string | null): void {
  if (includeSubunits && !subject) refuse('includeSubunits', 'IncludeSubunits requires a subject filter.');
}

/** Refuses filters that no event can match, over which their subscribers would lose hours. */
function refuseSilence({ subjectFilter, typeFilter, alternativeSubjectFilter }: Asked): void {
  const isEmpty = (text: string | null) => text !== null && text.trim() === '';
  const words = 'is empty and would never match an event; leave it out instead.';
  if (isEmpty(subjectFilter) && alternativeSubjectFilter === null)
    refuse('subjectFilter', `SubjectFilter ${words}`);
  if (isEmpty(typeFilter)) refuse('typeFilter', `TypeFilter ${words}`);
  if (typeFilter?.slice(0, -1).includes('*')) {
    refuse(
      'typeFilter',
      'TypeFilter may have a * at its end only; anywhere else it would never match an event.',
    );
  }
}

function isHttps(value: string): boolean {
  return URL.canParse(value) && new URL(value).protocol === 'https:';
}

function refuseUrn(): never {
  refuse('resourceFilter', 'Resource filter must be a valid urn');
}

/** The contract's own words, which clients get as a bare string. */
function refuse(field: string, detail: string): never {
  throw new Failure('request-invalid', { detail, fields: { [field]: [detail] } });
}

/** What the contract's framework refuses before any rule is asked. */
function mistyped(field: string, message: string): never {
  throw new Failure('request-invalid', { fields: { [field]: [message] } });
}
