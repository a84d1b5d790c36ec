import { partyOf } from '../access/caller.ts';
import type { AccessQuestion, DecisionPoint, Identity } from '../access/ports.ts';
import type { Database } from '../db/database.ts';
import type { LogRow } from '../events/event.ts';
import { isForAudience } from '../events/filter.ts';
import { toError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import { type Asked, followLog, type Hints } from '../reading/follow.ts';
import type { Freshness } from '../reading/freshness.ts';
import { type LogPage, readEnd } from '../reading/queries.ts';

/** What a person with the page open is told: the page is out of date, or the dialog is gone. */
export type LiveChange = 'DIALOG_UPDATED' | 'DIALOG_DELETED';

/** Somebody who watches one dialog. */
export interface LiveReader {
  readonly dialog: string;
  /** Asked about again before every change is told. */
  readonly identity: Identity;
  /** Must return at once; a reader that cannot keep up tells the latest change only. */
  tell(change: LiveChange): void;
  /** The right to know has ended, or the process is stopping. */
  end(): void;
}

export interface LiveHubOptions {
  readonly database: Database;
  readonly hints: Hints;
  readonly decisions: DecisionPoint;
  readonly freshness: Pick<Freshness, 'confirm' | 'confirmedAt' | 'renew'>;
  readonly pollMs: number;
  /** Readers at a time. */
  readonly readersMost: number;
  /** Readers at a time of one caller; 0 is no limit. */
  readonly readersOfCallerMost: number;
  readonly log: Log;
}

/** Nothing is told by rights that were current longer ago. */
const FRESH_MS = 500;
const PAGE = { rows: 500, scan: 500, bytes: 4 << 20 };

const CHANGE_OF: ReadonlyMap<string, LiveChange> = new Map([
  ['dialogporten.dialog.updated.v1', 'DIALOG_UPDATED'],
  ['dialogporten.dialog.deleted.v1', 'DIALOG_DELETED'],
]);

/** Follows the log once for the process and tells each change to those who watch its dialog and may know. */
export class LiveHub implements AsyncDisposable {
  readonly #options: LiveHubOptions;
  readonly #readers = new Map<string, Set<LiveReader>>();
  /** How many readers each caller has. */
  readonly #held = new Map<string, number>();
  readonly #ended = new AbortController();
  readonly #following: Promise<void>;
  #position: number;
  #count = 0;

  constructor(options: LiveHubOptions, position: number) {
    this.#options = options;
    this.#position = position;
    const { database, hints, log, pollMs } = options;
    this.#following = followLog({
      ...{ database, hints, log, pollMs, purpose: 'live', budget: PAGE, signal: this.#ended.signal },
      position: () => this.#position,
      take: (page, asked) => this.#take(page, asked),
    });
  }

  /** Begins at the end of the log: what is told is what commits from here on. */
  static async open(options: LiveHubOptions): Promise<LiveHub> {
    return new LiveHub(options, await readEnd(options.database));
  }

  /** Readers at this moment. */
  get count(): number {
    return this.#count;
  }

  /** Whether one more reader may be added for this caller. */
  hasRoomFor(identity: Identity): boolean {
    const { readersMost, readersOfCallerMost } = this.#options;
    const isWithin = readersOfCallerMost === 0 || this.#heldBy(identity) < readersOfCallerMost;
    return isWithin && this.#count < readersMost;
  }

  /** Adds a reader, for whom there must be room; gives how to remove it. */
  add(reader: LiveReader): () => void {
    const readers = this.#readers.get(reader.dialog) ?? new Set();
    this.#readers.set(reader.dialog, readers.add(reader));
    this.#count++;
    this.#hold(reader.identity, 1);
    return () => this.#remove(reader);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#following;
    for (const readers of [...this.#readers.values()]) for (const reader of [...readers]) reader.end();
  }

  #remove(reader: LiveReader): void {
    const readers = this.#readers.get(reader.dialog);
    if (!readers?.delete(reader)) return;
    this.#count--;
    this.#hold(reader.identity, -1);
    if (readers.size === 0) this.#readers.delete(reader.dialog);
  }

  #heldBy(identity: Identity): number {
    return this.#held.get(partyOf(identity) ?? '') ?? 0;
  }

  #hold(identity: Identity, more: number): void {
    const held = this.#heldBy(identity) + more;
    if (held > 0) this.#held.set(partyOf(identity) ?? '', held);
    else this.#held.delete(partyOf(identity) ?? '');
  }

  async #take(page: LogPage, asked: Asked): Promise<void> {
    await this.#options.freshness.confirm(page, asked.at);
    for (const row of page.rows) {
      const change = CHANGE_OF.get(row.type);
      const readers = change && row.resourceInstance && this.#readers.get(row.resourceInstance);
      if (readers) await this.#tell(row, change, [...readers]);
    }
    this.#position = page.next;
  }

  async #tell(row: LogRow, change: LiveChange, readers: readonly LiveReader[]): Promise<void> {
    const { decisions, freshness, log } = this.#options;
    const meant = readers.filter((reader) => isForAudience(row, reader.identity.orgNumber));
    try {
      // A process that stood still with a page in hand asks again: rights may have been taken meanwhile.
      if (monotonic() - freshness.confirmedAt > FRESH_MS) await freshness.renew();
      const answers = await decisions.decide(meant.map((reader) => readQuestion(reader.identity, row)));
      for (const [index, reader] of meant.entries()) {
        if (answers[index]?.permitted) reader.tell(change);
        else reader.end();
      }
    } catch (thrown) {
      // Nothing is told on a guess; whoever reconnects reads the dialog anew.
      log.warn({ err: toError(thrown).message }, 'live readers are sent away: access could not be decided');
      for (const reader of meant) reader.end();
    }
  }
}

/** The question of reading the dialog: whoever may open it may know that it has changed. */
function readQuestion(identity: Identity, row: LogRow): AccessQuestion {
  return {
    identity,
    action: 'read',
    resource: row.resource,
    instance: row.resourceInstance ?? undefined,
    party: row.subject ?? undefined,
  };
}
