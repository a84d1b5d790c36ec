import { monotonic } from '../../src/lib/time.ts';
import { plain } from './log-report.ts';
import type { ResultRow } from './results.ts';

/** Dialogs of the backlog; its events go to them in turn. */
const DIALOGS = 100_000;
const PREFIX = 'backlog-event-';

export function idOf(number: number): string {
  return PREFIX + number;
}

/** Dialog of the how manieth event, and its place in that dialog, from 1. */
export function dialogEvent(number: number): { readonly dialog: number; readonly sequence: number } {
  return { dialog: number % DIALOGS, sequence: Math.floor(number / DIALOGS) + 1 };
}

/** How far it is. */
export interface Progress {
  readonly arrived: number;
  readonly isDone: boolean;
  readonly rows: readonly ResultRow[];
}

/** What flows off after the recovery: how fast, and whether in order. */
export class CatchingUp {
  readonly #count: number;
  /** The last event of each dialog that came, in order. */
  readonly #last = new Uint32Array(DIALOGS);
  /** First arrivals in each second. */
  readonly #seconds: number[] = [];
  #began = 0;
  #arrived = 0;
  #disordered = 0;
  #repeated = 0;
  #endedAt = 0;

  /** @param count how many are waited for */
  constructor(count: number) {
    this.#count = count;
  }

  get progress(): Progress {
    return { arrived: this.#arrived, isDone: this.#isDone, rows: this.#rows() };
  }

  get #isDone(): boolean {
    return this.#arrived >= this.#count;
  }

  /** The endpoint is back. */
  begin(): void {
    this.#began = monotonic();
  }

  take(id: string): void {
    if (!id.startsWith(PREFIX)) return;
    const { dialog, sequence } = dialogEvent(Number(id.slice(PREFIX.length)));
    const last = this.#last[dialog]!;
    if (sequence <= last) {
      this.#repeated++;
      return;
    }
    // Whatever is left out and comes later counts then as well.
    if (sequence !== last + 1) this.#disordered++;
    this.#last[dialog] = sequence;
    const second = Math.floor((monotonic() - this.#began) / 1000);
    this.#seconds[second] = (this.#seconds[second] ?? 0) + 1;
    if (++this.#arrived === this.#count) this.#endedAt = monotonic();
  }

  #rows(): ResultRow[] {
    const seconds = Array.from(this.#seconds, (count) => count ?? 0);
    const first = seconds.findIndex((count) => count > 0);
    const took = ((this.#endedAt || monotonic()) - this.#began) / 1000;
    const none = (name: string, value: number): ResultRow => ({
      ...{ name, bar: '0', value, unit: 'events', holds: value === 0 },
    });
    return [
      { ...plain('caught up', this.#arrived, 'events'), bar: `${this.#count}`, holds: this.#isDone },
      none('out of order within a dialog', this.#disordered),
      none('repeated', this.#repeated),
      plain('seconds to the first', first, 's'),
      ...[0, 1, 2, 4, 8].map((later) =>
        plain(`rate ${later} s after the first`, seconds[first + later] ?? 0, 'events/s'),
      ),
      plain('highest rate', Math.max(0, ...seconds), 'events/s'),
      plain('rate from the recovery to the last', Math.min(this.#arrived, this.#count) / took, 'events/s'),
    ];
  }
}
