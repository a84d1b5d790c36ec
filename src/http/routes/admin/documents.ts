import { type TSchema, Type } from 'typebox';

/**
 * Bodies as the description shows them. They are read by the rules of the registry folder, which know more and name
 * every fault; standing in `allOf`, a schema is described and not conformed to, so that unknown members are found.
 */
function described(schema: TSchema, description: string) {
  return Type.Unsafe<unknown>({ allOf: [schema], description });
}

const maybe = Type.Optional;
const text = () => Type.String();
const actions = Type.Array(text());

export const resourceBody = described(
  Type.Object({
    resource: Type.Object({}, { description: 'As Altinn Resource Registry writes it.' }),
    policy: Type.String({ description: 'XACML 3.0' }),
  }),
  'A service resource with its policy. Faults of the resource are named from its own root, $.',
);

export const partyBody = described(
  Type.Object({
    ...{
      orgNumber: maybe(text()),
      mainUnit: maybe(text()),
      type: maybe(text()),
      deleted: maybe(Type.Boolean()),
    },
    ...{ pid: maybe(text()), userId: maybe(Type.Integer()), dateOfBirth: maybe(text()) },
    ...{ id: maybe(text()), owner: maybe(text()) },
    ...{ name: maybe(text()), partyId: maybe(Type.Integer()), partyUuid: maybe(text()) },
  }),
  'An entry of parties.json: orgNumber and name of an organisation, pid and name of a person, id and owner of a system user; the rest may be left out.',
);

export const grantBody = described(
  Type.Object({
    ...{
      to: text(),
      party: text(),
      roles: maybe(Type.Array(text())),
      accessPackages: maybe(Type.Array(text())),
    },
    resources: maybe(Type.Array(Type.Object({ resource: text(), actions }))),
    instances: maybe(Type.Array(Type.Object({ resource: text(), instance: text(), actions }))),
    ...{ keyRole: maybe(Type.Boolean()), mainAdministrator: maybe(Type.Boolean()) },
  }),
  'All that one recipient may do on behalf of one party; what was granted before is replaced.',
);
