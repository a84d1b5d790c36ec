import type { AuthorizedParty, Identity, ListedResource, LocalizedText } from '../access/ports.ts';
import type { Dialog } from './model.ts';
import type { DialogsOptions } from './options.ts';
import { grantView, packageUrn, roleUrn, shared } from './service-resources.ts';

/** By what somebody may read a dialog (`V1CommonIdentifierLookup_IdentifierLookupAuthorizationEvidence`). */
export interface EvidenceView {
  readonly currentAuthenticationLevel: number;
  readonly viaRole: boolean;
  readonly viaAccessPackage: boolean;
  readonly viaResourceDelegation: boolean;
  readonly viaInstanceDelegation: boolean;
  readonly evidence: readonly EvidenceItem[];
}

interface EvidenceItem {
  readonly grantType: 'Role' | 'AccessPackage' | 'ResourceDelegation' | 'InstanceDelegation';
  readonly subject: string;
  readonly name?: readonly LocalizedText[];
  readonly links?: { readonly metadata: string };
}

export interface EvidenceCase {
  readonly identity: Identity;
  readonly dialog: Dialog;
  readonly resource: ListedResource;
  readonly instanceRef: string;
}

/** What the caller holds that the policy names, and what was delegated: the decision is not made from it. */
export async function evidenceOf(
  { catalogue, baseUrl }: DialogsOptions,
  { identity, dialog, resource, instanceRef }: EvidenceCase,
): Promise<EvidenceView> {
  const parties = await catalogue.authorizedParties(identity);
  const party = parties.flatMap((main) => [main, ...main.units]).find(({ urn }) => urn === dialog.party);
  const evidence = party ? [...itemsOf(party, { resource, dialog, instanceRef, baseUrl })] : [];
  const via = (type: EvidenceItem['grantType']) => evidence.some(({ grantType }) => grantType === type);
  return {
    currentAuthenticationLevel: identity.level,
    viaRole: via('Role'),
    viaAccessPackage: via('AccessPackage'),
    viaResourceDelegation: via('ResourceDelegation'),
    viaInstanceDelegation: via('InstanceDelegation'),
    evidence,
  };
}

function* itemsOf(
  party: AuthorizedParty,
  { resource, dialog, instanceRef, baseUrl }: Omit<EvidenceCase, 'identity'> & { readonly baseUrl: string },
): Iterable<EvidenceItem> {
  const { roles, accessPackages } = shared(resource, party);
  for (const role of roles) {
    const { urn: subject, name, links } = grantView(baseUrl, roleUrn(role));
    yield { grantType: 'Role', subject, name, links };
  }
  for (const each of accessPackages) {
    const { urn: subject, name, links } = grantView(baseUrl, packageUrn(each));
    yield { grantType: 'AccessPackage', subject, name, links };
  }
  if (party.resources.includes(resource.urn)) {
    yield { grantType: 'ResourceDelegation', subject: resource.urn };
  }
  const isDelegated = party.instances.some(
    (each) => each.resource === resource.urn && each.instance === dialog.id,
  );
  if (isDelegated) yield { grantType: 'InstanceDelegation', subject: instanceRef };
}
