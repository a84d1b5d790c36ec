import type { Database } from '../../../db/database.ts';
import type { Log } from '../../../lib/log.ts';
import type { Authenticate } from '../../authenticate.ts';

/** Where the registry, the register and the grants are changed. */
export const ADMIN = '/budstikka/api/v1/admin';

/** Nobody has it unless an issuer gives it. */
export const ADMIN_SCOPE = 'budstikka:admin';

export interface AdminRoutesOptions {
  readonly database: Database;
  readonly authenticate: Authenticate;
  /** Called when a change has been committed: readers look at the access version. */
  readonly changed: () => void;
  readonly log: Log;
}
