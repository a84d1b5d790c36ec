import { Type } from 'typebox';
import { maybe, uuid } from './primitives.ts';

const party = {
  party: Type.String({ description: 'Party URN.' }),
  partyUuid: uuid(),
  partyId: Type.Integer(),
  name: Type.String(),
  dateOfBirth: maybe(Type.String({ format: 'date' })),
  partyType: Type.Enum(['Organization', 'Person']),
  isDeleted: Type.Boolean(),
  hasKeyRole: Type.Boolean(),
  isCurrentEndUser: Type.Boolean(),
  isMainAdministrator: Type.Boolean(),
  isAccessManager: Type.Boolean(),
  hasOnlyAccessToSubParties: Type.Boolean(),
};

/** Units have no units of their own. */
const unit = Type.Object({ ...party, subParties: Type.Array(Type.Object(party)) });

export const authorizedParties = Type.Object({
  authorizedParties: Type.Array(Type.Object({ ...party, subParties: Type.Array(unit) })),
});
