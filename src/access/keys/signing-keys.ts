import type { Database, Transaction } from '../../db/database.ts';
import { toError } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { pause, toEpoch, wallClock } from '../../lib/time.ts';
import type { MasterKey } from './master-key.ts';
import {
  acceptedKeys,
  type Beginning,
  giveDate,
  insertKey,
  type KeyRow,
  lockKeys,
  retireSuperseded,
} from './queries.ts';
import {
  type KeyPurpose,
  type Keyring,
  keyAlgorithms,
  newSigningKey,
  openSigningKey,
  type PublicJwk,
  type SigningKey,
  sealSigningKey,
} from './signing-key.ts';

/** A rotation is known everywhere long before its key signs. */
const REFRESH_EVERY = 30_000;

export interface SigningKeysOptions {
  readonly database: Database;
  readonly masterKey: MasterKey;
  /** What this process signs and verifies. Leave 'dev-token' out in production: then such keys count for nothing. */
  readonly purposes: readonly KeyPurpose[];
  readonly log: Log;
  /** Milliseconds between two looks at the table; 30 seconds unless given. */
  readonly refreshEvery?: number;
}

interface DatedKey {
  readonly key: SigningKey;
  /** Epoch milliseconds; infinite for a key that stands by. */
  readonly activeFrom: number;
}

/**
 * The keys of the table `signing_key`, opened.
 *
 * Of every purpose one key is current. Of a purpose with public keys a second one stands by, published without a date,
 * so that strangers who cache the key set know it before it signs. `rotate` gives the key that stands by its date,
 * which is when it has been published for 48 hours, puts a new one in its place, and ends what came before 48 hours
 * after that date. Symmetric keys have nothing to publish: rotation makes a new one that signs 48 hours later, by when
 * every process has read it. Former cursor keys never end, because cursors do not.
 */
export class SigningKeys implements Keyring {
  readonly #options: SigningKeysOptions;
  #keys: ReadonlyMap<string, DatedKey> = new Map();
  /** The same by purpose, in the order in which they sign. */
  #ofPurpose: ReadonlyMap<KeyPurpose, readonly DatedKey[]> = new Map();
  #published: ReadonlyMap<KeyPurpose, readonly PublicJwk[]> = new Map();

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  /**
   * Makes what is missing and reads all keys. Of several processes that start at once one makes them, all use the
   * same. Throws Failure('signing-key-sealed') when the master key does not open them.
   */
  async ensure(): Promise<void> {
    const { database, purposes } = this.#options;
    const present = await acceptedKeys(database, purposes);
    if (purposes.some((purpose) => missing(purpose, present).length > 0))
      await database.transaction((transaction) => this.#makeMissing(transaction));
    await this.refresh();
  }

  /** Refreshes time and again until the signal is aborted. A refresh that fails leaves the keys as they were. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(this.#options.refreshEvery ?? REFRESH_EVERY, signal);
      if (!signal.aborted) await this.refresh().catch((thrown) => this.#warn(thrown));
    }
  }

  async refresh(): Promise<void> {
    const rows = await acceptedKeys(this.#options.database, this.#options.purposes);
    const before = this.#keys;
    const keys = new Map<string, DatedKey>();
    for (const row of rows) {
      const key = before.get(row.kid)?.key ?? (await openSigningKey(row, this.#options.masterKey));
      keys.set(row.kid, { key, activeFrom: beginning(row) });
    }
    this.#keys = keys;
    const dated = [...keys.values()];
    this.#ofPurpose = new Map(
      this.#options.purposes.map((purpose) => [purpose, dated.filter(({ key }) => key.purpose === purpose)]),
    );
    this.#published = this.#publish();
  }

  current(purpose: KeyPurpose): SigningKey {
    const dated = this.#ofPurpose.get(purpose);
    const now = wallClock();
    // The first one counts even when our clock says that it has not begun yet.
    const current = dated?.findLast((entry) => entry.activeFrom <= now) ?? dated?.[0];
    if (!current) throw new TypeError(`no ${purpose} key was asked for when the keys were opened`);
    return current.key;
  }

  accepted(purpose: KeyPurpose): readonly SigningKey[] {
    return (this.#ofPurpose.get(purpose) ?? []).map(({ key }) => key);
  }

  published(purpose: KeyPurpose): readonly PublicJwk[] {
    return this.#published.get(purpose) ?? [];
  }

  /** Starts the change to another key; see above for when it signs. The keys must exist: `ensure` first. */
  async rotate(purpose: KeyPurpose): Promise<void> {
    await this.#options.database.transaction(async (transaction) => {
      await lockKeys(transaction);
      const standingBy = (await acceptedKeys(transaction, [purpose])).filter(standsBy);
      for (const key of standingBy) await giveDate(transaction, key.kid);
      await this.#make(transaction, purpose, keyAlgorithms[purpose] === 'HS256' ? 'noticed' : 'standing-by');
      if (purpose !== 'cursor') await retireSuperseded(transaction, purpose);
    });
    await this.refresh();
  }

  async #makeMissing(transaction: Transaction): Promise<void> {
    await lockKeys(transaction);
    const present = await acceptedKeys(transaction, this.#options.purposes);
    for (const purpose of this.#options.purposes)
      for (const begins of missing(purpose, present)) await this.#make(transaction, purpose, begins);
  }

  async #make(transaction: Transaction, purpose: KeyPurpose, begins: Beginning): Promise<void> {
    const key = await newSigningKey(purpose);
    await insertKey(transaction, { key, sealed: sealSigningKey(key, this.#options.masterKey) }, begins);
  }

  /** Keeps the array of a purpose whose keys have not changed: whoever imported them need not do so again. */
  #publish(): Map<KeyPurpose, readonly PublicJwk[]> {
    const published = new Map<KeyPurpose, readonly PublicJwk[]>();
    for (const purpose of this.#options.purposes) {
      const now = this.accepted(purpose).flatMap((key) => key.publicJwk ?? []);
      const before = this.published(purpose);
      const same = now.length === before.length && now.every((jwk, index) => jwk === before[index]);
      published.set(purpose, same ? before : now);
    }
    return published;
  }

  #warn(thrown: unknown): void {
    this.#options.log.warn({ err: toError(thrown).message }, 'the signing keys could not be read again');
  }
}

function beginning(row: KeyRow): number {
  return standsBy(row) ? Number.POSITIVE_INFINITY : toEpoch(row.activeFrom);
}

function standsBy(row: KeyRow): boolean {
  return row.activeFrom === 'infinity';
}

function missing(purpose: KeyPurpose, present: readonly KeyRow[]): Beginning[] {
  const own = present.filter((row) => row.purpose === purpose);
  const needed: Beginning[] = [];
  if (own.every(standsBy)) needed.push('now');
  if (keyAlgorithms[purpose] !== 'HS256' && !own.some(standsBy)) needed.push('standing-by');
  return needed;
}
