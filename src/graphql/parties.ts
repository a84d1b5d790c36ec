import { listParties, type PartyView } from '../dialogs/parties.ts';
import type { RootResolver } from './context.ts';

/** What `GET /enduser/parties` answers. */
export const parties: RootResolver<object, readonly PartyView[]> = (_, __, { dialogs, identity }) =>
  listParties(dialogs, identity);
