import { type Queries, sql } from '../db/database.ts';
import type { Audience, LogRow } from '../events/event.ts';
import { isForAudience } from '../events/filter.ts';

/** What a reader asks the log for; left out means any. */
export interface LogFilter {
  readonly resource?: string | undefined;
  readonly instance?: string | undefined;
  readonly subject?: string | undefined;
  /** SQL LIKE patterns without an escape character. */
  readonly types?: readonly string[] | undefined;
}

export interface LogBudget {
  /** Rows returned at most. */
  readonly rows: number;
  /** Rows looked at, at most. */
  readonly scan: number;
  /** Bytes of events returned; one event is returned however large. */
  readonly bytes: number;
}

export interface LogPage {
  readonly rows: LogRow[];
  /** The next cursor: the highest committed row that has been read past. */
  readonly next: number;
  readonly lookedAt: number;
  /** The page was cut short by its budget. */
  readonly more: boolean;
  /** Appends above the horizon are under way: more may be readable in a moment, without any hint. */
  readonly undecided: boolean;
  /** Versions that no decision about these rows may be older than. */
  readonly accessVersion: number;
  readonly subscriptionVersion: number;
}

const READ = sql(
  'reading.log',
  `SELECT position, audience, owner, change, dialog_sequence, type, resource, resource_instance, subject, source, id,
          bytes, trace, looked_at, more, undecided, access_version, subscription_version
     FROM read_log($1, $2, $3, $4, $5, $6, $7, $8)`,
);

interface Row {
  readonly position: string;
  readonly audience: Audience;
  readonly owner: string;
  readonly change: string | null;
  readonly dialog_sequence: string | null;
  readonly type: string;
  readonly resource: string;
  readonly resource_instance: string | null;
  readonly subject: string | null;
  readonly source: string;
  readonly id: string;
  readonly bytes: string;
  readonly trace: string | null;
  readonly looked_at: number;
  readonly more: boolean;
  readonly undecided: boolean;
  readonly access_version: string;
  readonly subscription_version: string;
}

/** Reads one page of the log after a position: the only statement of the house that does. */
export async function readLog(
  queries: Queries,
  after: number,
  request: { readonly filter: LogFilter; readonly budget: LogBudget },
): Promise<LogPage> {
  const { filter, budget } = request;
  const rows = await queries.query<Row>(READ, [
    after,
    budget.rows,
    budget.scan,
    budget.bytes,
    filter.resource ?? null,
    filter.instance ?? null,
    filter.subject ?? null,
    // LIKE takes a backslash for an escape, and fails at one that ends a pattern.
    filter.types?.map((pattern) => pattern.replaceAll('\\', '\\\\')) ?? null,
  ]);
  const trailer = rows.pop();
  if (!trailer) throw new Error('read_log gave no trailer');
  return {
    rows: rows.map(toLogRow),
    next: Number(trailer.position),
    lookedAt: trailer.looked_at,
    more: trailer.more,
    undecided: trailer.undecided,
    accessVersion: Number(trailer.access_version),
    subscriptionVersion: Number(trailer.subscription_version),
  };
}

function toLogRow(row: Row): LogRow {
  return {
    position: Number(row.position),
    audience: row.audience,
    owner: row.owner,
    change: row.change === null ? null : Number(row.change),
    dialogSequence: row.dialog_sequence === null ? null : Number(row.dialog_sequence),
    type: row.type,
    resource: row.resource,
    resourceInstance: row.resource_instance,
    subject: row.subject,
    source: row.source,
    id: row.id,
    bytes: row.bytes,
    trace: row.trace,
  };
}

const VERSIONS = sql('reading.versions', `SELECT name, value FROM version`);

/** The versions on their own, for a decision that comes without a page of the log. */
export async function readVersions(queries: Queries): Promise<{ access: number; subscription: number }> {
  const rows = await queries.query<{ name: string; value: string }>(VERSIONS);
  const valueOf = (name: string) => Number(rows.find((row) => row.name === name)?.value ?? 0);
  return { access: valueOf('access'), subscription: valueOf('subscription') };
}

const END = sql('reading.end', 'SELECT log_end(0, h.horizon) AS position FROM log_horizon() h');

/** Where a reader who wants nothing of the past begins: the highest committed row at or below the horizon. */
export async function readEnd(queries: Queries): Promise<number> {
  const [row] = await queries.query<{ position: string }>(END);
  return Number(row?.position ?? 0);
}

const IDENTITY = sql(
  'reading.identity',
  `SELECT system_identifier::text AS system, left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline
     FROM pg_control_system()`,
);

/** Which database cluster this is, and on which timeline. */
export async function readIdentity(queries: Queries): Promise<{ system: string; timeline: string }> {
  const [identity] = await queries.query<{ system: string; timeline: string }>(IDENTITY);
  if (!identity) throw new Error('PostgreSQL did not name itself');
  return identity;
}

export interface EpochStart {
  readonly epoch: string;
  readonly first: number;
}

const OPEN_EPOCH = sql('reading.open-epoch', 'SELECT open_epoch($1)');
const EPOCHS = sql('reading.epochs', 'SELECT epoch, first_position FROM epoch ORDER BY first_position');

/** Registers an epoch unless it is known, and gives all of them in order. */
export async function openEpoch(queries: Queries, epoch: string): Promise<EpochStart[]> {
  await queries.query(OPEN_EPOCH, [epoch]);
  const rows = await queries.query<{ epoch: string; first_position: string }>(EPOCHS);
  return rows.map((row) => ({ epoch: row.epoch, first: Number(row.first_position) }));
}

const POSITIONS_OF = sql(
  'reading.positions-of',
  `SELECT position, audience, owner FROM event
    WHERE id = $1 AND ($2::text IS NULL OR resource = $2) ORDER BY position LIMIT 100`,
);

/**
 * Where to read on after an event, by its id: its first position that this organisation may see; before it while it
 * stands above the horizon, because what is still undecided there would be passed.
 */
export async function positionOfEvent(
  queries: Queries,
  id: string,
  within: { readonly resource: string | undefined; readonly orgNumber: string | undefined },
): Promise<number | undefined> {
  const rows = await queries.query<{ position: string; audience: Audience; owner: string }>(POSITIONS_OF, [
    id,
    within.resource ?? null,
  ]);
  const row = rows.find((one) => isForAudience(one, within.orgNumber));
  return row && Math.min(Number(row.position), await readEnd(queries));
}
