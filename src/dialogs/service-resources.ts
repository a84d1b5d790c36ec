import type { AuthorizedParty, Holdings, Identity, ListedResource, LocalizedText } from '../access/ports.ts';
import { chooseTexts } from './languages.ts';
import { resourcesInUse } from './lookup-queries.ts';
import type { DialogsOptions } from './options.ts';
import { mapTexts } from './view.ts';

interface Link {
  readonly metadata: string;
}

interface GrantView {
  readonly urn: string;
  readonly name: readonly LocalizedText[];
  readonly links: Link;
}

/** A service resource and whoever may read by it (`V1CommonServiceResourceMetadata_ServiceResourceMetadataItem`). */
export interface ServiceResourceView {
  readonly serviceResource: ResourceView & {
    readonly resourceType: string;
    readonly status: string;
    readonly links: Link;
  };
  readonly serviceOwner: OwnerView;
  readonly roles: readonly GrantView[];
  readonly accessPackages: readonly GrantView[];
}

export interface ResourceView {
  readonly id: string;
  readonly name: readonly LocalizedText[];
  readonly isDelegable: boolean;
  readonly minimumAuthenticationLevel: number;
}

export interface OwnerView {
  readonly orgNumber: string;
  readonly code: string;
  readonly name: readonly LocalizedText[];
}

type Languages = readonly string[] | undefined;

/** Every service resource that some dialog belongs to, with all languages. Open to everybody. */
export async function listResourcesInUse(dialogs: DialogsOptions): Promise<readonly ListedResource[]> {
  return dialogs.catalogue.resources(await resourcesInUse(dialogs.database));
}

export interface AuthorizedQuery {
  readonly identity: Identity;
  /** Only what may be read for one of these; without it for any party. Strangers' parties count for nothing. */
  readonly parties: readonly string[] | undefined;
}

/** Parties beyond which nobody looks what may be read for which of them, unless some are named. */
const PARTIES_MOST = 1000;

export interface AuthorizedResources {
  readonly resources: readonly ListedResource[];
  /** There are too many parties: these are all resources in use. */
  readonly isEverything: boolean;
}

/** The service resources in use that the caller is named for, by role, access package or delegation. */
export async function listAuthorizedResources(
  dialogs: DialogsOptions,
  { identity, parties }: AuthorizedQuery,
): Promise<AuthorizedResources> {
  const [inUse, authorized] = await Promise.all([
    listResourcesInUse(dialogs),
    dialogs.catalogue.authorizedParties(identity),
  ]);
  const all = authorized.flatMap((party) => (party.onlyForUnits ? party.units : [party, ...party.units]));
  if (parties === undefined && all.length > PARTIES_MOST) return { resources: inUse, isEverything: true };
  const wanted = new Set(parties?.map((party) => party.toLowerCase()));
  const counted = parties === undefined ? all : all.filter(({ urn }) => wanted.has(urn));
  const resources = inUse.filter((resource) => counted.some((party) => isNamedFor(resource, party)));
  return { resources, isEverything: false };
}

function isNamedFor(resource: ListedResource, party: AuthorizedParty): boolean {
  const { roles, accessPackages } = shared(resource, party);
  const isDelegated =
    party.resources.includes(resource.urn) || party.instances.some((each) => each.resource === resource.urn);
  return roles.length + accessPackages.length > 0 || isDelegated;
}

/** What somebody holds of that which the policy of the resource names. */
export function shared({ readers }: ListedResource, held: Holdings): Holdings {
  return {
    roles: readers.roles.filter((role) => held.roles.includes(role)),
    accessPackages: readers.accessPackages.filter((each) => held.accessPackages.includes(each)),
  };
}

/** In the order of their names, as the reader reads them. */
export function serviceResourceViews(
  { baseUrl }: Pick<DialogsOptions, 'baseUrl'>,
  resources: readonly ListedResource[],
  languages: Languages,
): ServiceResourceView[] {
  const views = resources.map((resource): ServiceResourceView => {
    const { urn, resourceType, status, readers } = resource;
    return {
      serviceResource: { ...resourceView(resource), resourceType, status, links: linkTo(baseUrl, urn) },
      serviceOwner: ownerView(resource),
      roles: readers.roles.map((role) => grantView(baseUrl, roleUrn(role))),
      accessPackages: readers.accessPackages.map((each) => grantView(baseUrl, packageUrn(each))),
    };
  });
  return mapTexts(views, (texts) => chooseTexts(texts, languages)).toSorted((one, other) =>
    nameOf(one).localeCompare(nameOf(other), 'nb'),
  );
}

function nameOf({ serviceResource }: ServiceResourceView): string {
  return serviceResource.name[0]?.value ?? serviceResource.id;
}

export function resourceView(resource: ListedResource): ResourceView {
  const { identifier: id, names: name, isDelegable, minimumLevel } = resource;
  return { id, name, isDelegable, minimumAuthenticationLevel: minimumLevel };
}

export function ownerView({ owner, org, ownerNames }: ListedResource): OwnerView {
  return { orgNumber: owner, code: org, name: ownerNames };
}

/** Neither registry nor register has names for roles and packages: their codes stand in. */
export function grantView(baseUrl: string, urn: string): GrantView {
  const code = urn.slice(urn.lastIndexOf(':') + 1);
  return { urn, name: [{ languageCode: 'nb', value: code }], links: linkTo(baseUrl, urn) };
}

export function roleUrn(role: string): string {
  return `urn:altinn:rolecode:${role}`;
}

export function packageUrn(accessPackage: string): string {
  return `urn:altinn:accesspackage:${accessPackage}`;
}

/** Where what is known of it stands: in the list of service resources. */
function linkTo(baseUrl: string, urn: string): Link {
  return { metadata: `${baseUrl}/dialogporten/api/v1/metadata/serviceresources#${urn}` };
}
