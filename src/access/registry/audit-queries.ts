import { type Queries, sql } from '../../db/database.ts';

/** One change of registry, register or grants, as the audit trail keeps it. */
export interface AuditEntry {
  /** Rises with the order of the changes. */
  readonly id: string;
  /** Wire time. */
  readonly at: string;
  readonly actor: string;
  readonly kind: 'resource' | 'party' | 'grant';
  /** Identifier, URN, or both URNs of a grant with a space between. */
  readonly key: string;
  /** The row as it was and as it became; null where there was or is none. */
  readonly before: unknown;
  readonly after: unknown;
}

const READ = sql(
  'registry.audit.read',
  'SELECT id, at, actor, kind, key, before, after FROM access_audit WHERE id > $1 ORDER BY id LIMIT $2',
);

/** The changes after the one with this id, the oldest first. */
export function readAudit(queries: Queries, after: string, most: number): Promise<AuditEntry[]> {
  return queries.query<AuditEntry>(READ, [after, most]);
}
