import pg from 'pg';
import { Failure } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { toWireTime } from '../lib/time.ts';
import { GatheringSocket } from './gathering-socket.ts';

/** A statement with a name, so that PostgreSQL parses it once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  /** Milliseconds that it may take, where its transaction has asked PostgreSQL for more time than others get. */
  readonly mayTake?: number;
}

/** `sql('dialog.get', 'SELECT …')`: a prepared statement; the name is unique in the program. */
export function sql(name: string, text: string, mayTake?: number): Statement {
  return { name, text, ...(mayTake !== undefined && { mayTake }) };
}

export interface Queries {
  /** Runs one statement and gives its rows. Timestamps come as wire text, bigint as text. */
  query<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Transaction extends Queries {
  /**
   * Sends the last statement and COMMIT in the same round trip and resolves when the commit has returned. An append
   * goes this way: from the number drawn to the commit no answer is waited for.
   */
  commitWith<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /** Sends COMMIT behind what has been sent, in the same round trip. */
  commit(): Promise<void>;
}

/** One connection for one purpose, such as a loop that reads the log. */
export interface Session extends Queries, AsyncDisposable {
  /** Aborted when the connection has ended, lost or disposed. */
  readonly lost: AbortSignal;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly maxConnections: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly log: Log;
  /** Milliseconds that a connection may be waited for. */
  readonly connectTimeout: number;
  /** Milliseconds after which PostgreSQL gives up a statement. */
  readonly statementTimeout: number;
}

/** How long a writer may hold an open transaction without speaking: beyond it, PostgreSQL ends the session. */
const IDLE_IN_TRANSACTION = 1000;
/**
 * Milliseconds beyond a statement's own time in which the answer that it was given up must be here. After that nobody
 * listens at the other end, as after a failover that moved the address: the connection is given up.
 */
const ANSWER_MARGIN = 2000;
/** Milliseconds of silence after which an idle connection is asked for a sign of life. */
const KEEP_ALIVE = 10_000;

/** What the driver throws when it has waited for an answer long enough; it closes the connection then. */
const NO_ANSWER = 'Query read timeout';

const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, toWireTime);

/** PostgreSQL without domain words: a pool, transactions and single sessions, all of them pipelined. */
export class Database implements Queries, AsyncDisposable {
  readonly #options: DatabaseOptions;
  readonly #pool: pg.Pool;
  #greet: (connection: Queries) => Promise<void> = async () => undefined;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    // The pool waits for what this returns, although its types do not say so.
    const onConnect = (client: pg.ClientBase): unknown => this.#greet(queriesOf(client));
    this.#pool = new pg.Pool({
      ...clientConfig(options),
      max: options.maxConnections,
      idleTimeoutMillis: 30_000,
      onConnect,
    });
    this.#pool.on('error', (error) =>
      options.log.warn({ err: error.message }, 'an idle database connection was lost'),
    );
  }

  /** From now on every new connection goes through this before anybody uses it; what it throws refuses the connection. */
  greet(newcomer: (connection: Queries) => Promise<void>): void {
    this.#greet = newcomer;
  }

  async query<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#lend((client) => run<Row>(client, statement, values));
  }

  /**
   * Runs the work between BEGIN and COMMIT. Whatever it throws rolls back and is thrown on. The work may end the
   * transaction itself through `commitWith`; it must not query after that.
   */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#lend(async (client) => {
      const transaction = new OpenTransaction(client);
      try {
        const result = await work(transaction);
        await transaction.end('COMMIT');
        return result;
      } catch (thrown) {
        await transaction.end('ROLLBACK').catch(() => undefined);
        throw thrown;
      }
    });
  }

  /**
   * Lends a connection of the pool. It goes back if it is whole and outside a transaction, whatever the work threw;
   * otherwise it is thrown away.
   *
   * @throws Failure `database-unavailable` when there is no connection or it is lost: whether a commit that was under
   * way has happened is then unknown.
   */
  async #lend<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch(unavailable);
    let broken = false;
    const breaks = (): void => {
      broken = true;
    };
    // The pool listens only to idle connections; an error that nobody listens to ends the process.
    client.on('error', breaks);
    try {
      return await work(client);
    } catch (thrown) {
      broken ||= endsSession(thrown);
      throw broken ? unavailable(thrown) : thrown;
    } finally {
      client.release(broken || client.getTransactionStatus() !== 'I');
      client.off('error', breaks);
    }
  }

  /** Opens a connection of its own, whose statements get as much time as others unless it says more. */
  async session(
    purpose: string,
    { statementTimeout = this.#options.statementTimeout } = {},
  ): Promise<Session> {
    const client = new pg.Client({
      ...clientConfig({ ...this.#options, statementTimeout }),
      application_name: `${this.#options.applicationName} ${purpose}`,
    });
    const lost = new AbortController();
    client.on('error', () => lost.abort());
    client.on('end', () => lost.abort());
    await client.connect().catch(unavailable);
    await this.#greet(queriesOf(client)).catch(async (thrown: unknown) => {
      await client.end().catch(() => undefined);
      unavailable(thrown);
    });
    return {
      lost: lost.signal,
      query: <Row extends object>(statement: Statement, values: readonly unknown[] = []) =>
        run<Row>(client, statement, values).catch((thrown: unknown) => {
          throw lost.signal.aborted || endsSession(thrown) ? unavailable(thrown) : thrown;
        }),
      [Symbol.asyncDispose]: async () => client.end().catch(() => undefined),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }
}

/** Seconds after which it makes sense to ask again: a failover takes about as long. */
const RETRY_AFTER = 1;

function unavailable(cause: unknown): never {
  throw new Failure('database-unavailable', { cause, retryAfter: RETRY_AFTER });
}

function queriesOf(client: pg.ClientBase): Queries {
  return { query: (statement, values = []) => run(client, statement, values) };
}

async function run<Row extends object>(
  client: pg.ClientBase,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const { name, text, mayTake } = statement;
  const patience = mayTake !== undefined && { query_timeout: mayTake + ANSWER_MARGIN };
  const result = await client.query<Row>({ name, text, values: [...values], ...patience });
  return result.rows;
}

function clientConfig(options: DatabaseOptions): pg.ClientConfig {
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeout,
    statement_timeout: options.statementTimeout,
    query_timeout: options.statementTimeout + ANSWER_MARGIN,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION,
    options: '-c TimeZone=UTC -c DateStyle=ISO',
    pipeline: true,
    stream: () => new GatheringSocket(),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE,
    types,
  };
}

class OpenTransaction implements Transaction {
  readonly #client: pg.PoolClient;
  readonly #begun: Promise<unknown>;
  #ended = false;

  constructor(client: pg.PoolClient) {
    this.#client = client;
    // Not awaited: BEGIN travels with the first statement. Its failure shows there, and again in `end`.
    this.#begun = client.query('BEGIN');
    this.#begun.catch(() => undefined);
  }

  async query<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    if (this.#ended) throw new Error(`${statement.name} comes after the end of its transaction`);
    return run<Row>(this.#client, statement, values);
  }

  async commitWith<Row extends object>(
    statement: Statement,
    values: readonly unknown[] = [],
  ): Promise<Row[]> {
    // Both are waited for, because until COMMIT is answered the connection is not fit for others.
    const [last, commit] = await Promise.allSettled([this.query<Row>(statement, values), this.end('COMMIT')]);
    if (last.status === 'rejected') throw last.reason;
    if (commit.status === 'rejected') throw commit.reason;
    return last.value;
  }

  commit(): Promise<void> {
    return this.end('COMMIT');
  }

  /** Ends the transaction once. COMMIT of a failed transaction answers ROLLBACK without an error; here it throws. */
  async end(command: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const [result] = await Promise.all([this.#client.query(command), this.#begun]);
    if (result.command !== command) throw new Error(`${command} was answered with ${result.command}`);
  }
}

/**
 * Whether the connection ends with the error: PostgreSQL says so (classes 08 and 57P, and timeouts of 25P), or it has
 * not answered in time.
 */
function endsSession(thrown: unknown): boolean {
  if (!(thrown instanceof pg.DatabaseError)) return thrown instanceof Error && thrown.message === NO_ANSWER;
  return /^(08|57P|25P0[34])/.test(thrown.code ?? '');
}

/** Whether the error is PostgreSQL's with this SQLSTATE, and about this constraint when one is named. */
export function isDatabaseError(thrown: unknown, sqlState: string, constraint?: string): boolean {
  return (
    thrown instanceof pg.DatabaseError &&
    thrown.code === sqlState &&
    (constraint === undefined || thrown.constraint === constraint)
  );
}
