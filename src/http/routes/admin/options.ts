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
  /** Tells every process of a change that has been committed; resolves when this one decides by it. Never rejects. */
  readonly changed: (accessVersion: number) => Promise<void>;
  readonly log: Log;
}
