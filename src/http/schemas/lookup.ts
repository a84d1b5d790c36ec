import { Type } from 'typebox';
import { texts } from './content.ts';
import { maybe, text, uuid } from './primitives.ts';

/** Dialog lookup, and the service resources that dialogs belong to. */

const links = Type.Object({ metadata: Type.String() });

const serviceOwner = Type.Object({ orgNumber: Type.String(), code: Type.String(), name: texts });

const serviceResource = {
  id: Type.String(),
  name: texts,
  isDelegable: Type.Boolean(),
  minimumAuthenticationLevel: Type.Integer(),
};

const grant = Type.Object({ urn: Type.String(), name: texts, links });

export const serviceResourceItem = Type.Object({
  serviceResource: Type.Object({
    ...serviceResource,
    resourceType: Type.String(),
    status: Type.String(),
    links,
  }),
  serviceOwner,
  roles: Type.Array(grant),
  accessPackages: Type.Array(grant),
});

export const lookupQuery = Type.Object({
  instanceRef: text(255, 1),
});

const found = {
  dialogId: uuid(),
  instanceRef: Type.String(),
  party: Type.String(),
  serviceResource: Type.Object(serviceResource),
  serviceOwner,
  title: maybe(texts),
};

export const ownerLookup = Type.Object({ ...found, nonSensitiveTitle: maybe(texts) });

const evidence = Type.Object({
  grantType: Type.Enum(['Role', 'AccessPackage', 'ResourceDelegation', 'InstanceDelegation']),
  subject: Type.String(),
  name: maybe(texts),
  links: maybe(links),
});

export const endUserLookup = Type.Object({
  ...found,
  authorizationEvidence: Type.Object({
    currentAuthenticationLevel: Type.Integer(),
    viaRole: Type.Boolean(),
    viaAccessPackage: Type.Boolean(),
    viaResourceDelegation: Type.Boolean(),
    viaInstanceDelegation: Type.Boolean(),
    evidence: Type.Array(evidence),
  }),
});
