import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * What a ledger holds: a JSON object a line, in the order in which things were seen to their end. Times are epoch
 * milliseconds on the clock of the process that keeps it; nobody shifts or stops that one.
 */
export type Line = SubscriptionLine | ArrivalLine | PublishedLine | FaultLine | ChangeLine | RoundLine;

/** Where the log stood when the round began, in the run of the database that it began in. */
export interface RoundLine {
  readonly kind: 'round';
  readonly number: number;
  readonly from: number;
}

/** How an endpoint behaves: always well, not at all times, badly towards some events, as long as it may know or wants to. */
export type Role = 'steady' | 'faulty' | 'refusing' | 'revoked' | 'paused' | 'ended';

export interface SubscriptionLine {
  readonly kind: 'subscription';
  readonly subscription: number;
  readonly role: Role;
  readonly resource: string;
  readonly subject: string | null;
}

/** One event in a request, from its head to whatever became of it. Of a batch there is a line for each event. */
export interface ArrivalLine {
  readonly kind: 'arrival';
  /** Counts requests in the order of their heads; the events of a batch follow each other in thousandths. */
  readonly number: number;
  readonly subscription: number;
  readonly event: string;
  /** 0 in a batch, which is no attempt at any of its events. */
  readonly attempt: number;
  readonly at: number;
  /** When the receiver last had nothing to do: the request cannot have come earlier. */
  readonly earliest: number;
  /** SHA-256 of the event's text; null when the body was not read to its end. */
  readonly digest: string | null;
  /** What the request said is missing in its dialog. */
  readonly missing: string | null;
  /** How the receiver behaved. */
  readonly manner: string;
  /** Null when no status was sent. */
  status: number | null;
  /** When the status was sent, or when nobody waited for one any more. */
  until: number;
}

/** The server said yes to a publication. */
export interface PublishedLine {
  readonly kind: 'published';
  readonly via: 'append' | 'events' | 'dialogs';
  readonly dialog: string;
  /** Ids of its events; none where only the dialog is known. */
  readonly events: readonly string[];
}

export interface FaultLine {
  readonly kind: 'fault';
  readonly name: string;
  readonly whose: 'ours' | 'receiver';
  /** Process or endpoint. */
  readonly at: string;
  readonly from: number;
  readonly to: number;
}

/** A subscription was ended, paused or resumed, or a right taken or given: when that was asked for and answered. */
export interface ChangeLine {
  readonly kind: 'change';
  readonly what: 'ended' | 'revoked' | 'granted' | 'paused' | 'resumed';
  readonly subscription: number;
  readonly asked: number;
  readonly answered: number;
}

/** A ledger on disk. A line that was written survives whoever wrote it; once it is closed, nobody looks any more. */
export class Ledger implements Disposable {
  readonly path: string;
  readonly #file: number;
  #isOpen = true;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'a');
  }

  write(line: Line): void {
    if (this.#isOpen) writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  [Symbol.dispose](): void {
    this.#isOpen = false;
    closeSync(this.#file);
  }
}
