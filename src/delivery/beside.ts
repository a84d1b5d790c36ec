import type { LogRow } from '../events/event.ts';
import { monotonic, pause } from '../lib/time.ts';
import type { Attempts } from './attempt.ts';
import type { Course } from './course.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Outcomes } from './outcomes.ts';
import type { Replay } from './request.ts';
import type { Retries } from './retries.ts';
import { isFlowing } from './roster.ts';

export interface BesideOptions {
  readonly attempts: Pick<Attempts, 'beside'>;
  readonly outcomes: Pick<Outcomes, 'beside'>;
  readonly dispatcher: Pick<Dispatcher, 'retry' | 'pump'>;
  readonly retries: Pick<Retries, 'plan'>;
  /** Ends all sending. */
  readonly signal: AbortSignal;
}

/** An event that is sent once more. */
export interface Again {
  readonly row: LogRow;
  readonly orderKey: string;
  readonly replay: Replay;
  /** Which attempt at the event it is. */
  readonly attempt: number;
}

/** What became of it; `stopped` when nothing did, because the course has ended or no events flow to it any more. */
export type Sent = 'delivered' | 'withheld' | 'failed' | 'stopped';

/** What sending is about, besides the events. */
export interface Sending<T> {
  /** Told of each. */
  readonly sent: (one: T, became: Sent) => void;
  /** Whether more of it is wanted; nothing begins once it is not. */
  readonly goesOn: () => boolean;
}

/** Milliseconds between two looks whether a dialog has anything in flight. */
const LOOK_MS = 20;
/** Milliseconds before what could not be sent is tried again. */
const LATER_MS = 200;

/**
 * Sends events once more, beside the order of their dialogs. The dialog is *reserved* first, so that nothing further of
 * it begins; when what is in flight of it has ended, the event goes, in the turn of retries; then the dialog goes on.
 * An event that met an endpoint which fails as a whole, or could not be decided about, is sent once more.
 */
export class Beside {
  readonly #options: BesideOptions;

  constructor(options: BesideOptions) {
    this.#options = options;
  }

  /** Whether anything may be sent for the course, now or when its endpoint has room. */
  mayGoOn(course: Course): boolean {
    return !course.ended && !this.#options.signal.aborted && isFlowing(course.subscription);
  }

  /** Sends events, those of one dialog one after the other. Never rejects. */
  async sendAll<T extends Again>(
    course: Course,
    all: readonly T[],
    { sent, goesOn }: Sending<T>,
  ): Promise<void> {
    const dialogs = new Map<string, T[]>();
    for (const one of all) dialogs.set(one.orderKey, [...(dialogs.get(one.orderKey) ?? []), one]);
    const sendDialog = async (orderKey: string, events: readonly T[]) => {
      course.reserve(orderKey);
      for (const one of events) sent(one, await this.#send(course, one, goesOn));
      this.#release(course, orderKey);
    };
    await Promise.all([...dialogs].map(([orderKey, events]) => sendDialog(orderKey, events)));
  }

  async #send(course: Course, again: Again, goesOn: () => boolean): Promise<Sent> {
    while (this.mayGoOn(course) && goesOn()) {
      if (course.isUnderWay(again.orderKey)) {
        await pause(LOOK_MS);
        continue;
      }
      const became = await this.#attempt(course, again, goesOn);
      if (course.ended) return 'stopped';
      if (became !== 'again') return became;
      await pause(LATER_MS);
    }
    return 'stopped';
  }

  /** Resolves never when the course ends before there is room: then nobody waits for it any more. */
  #attempt(course: Course, again: Again, goesOn: () => boolean): Promise<Sent | 'again'> {
    const { row, orderKey, replay, attempt } = again;
    const { attempts, outcomes, dispatcher } = this.#options;
    return new Promise((resolve) => {
      dispatcher.retry(course, async () => {
        if (!goesOn()) return resolve('stopped');
        const begun = monotonic();
        const verdict = await attempts.beside(course, row, { replay, attempt });
        if (course.ended || verdict.kind === 'not-started') return resolve('again');
        const milliseconds = monotonic() - begun;
        resolve(outcomes.beside(course, { row, orderKey }, { verdict, milliseconds, attempt }));
      });
    });
  }

  #release(course: Course, orderKey: string): void {
    const { retries, dispatcher } = this.#options;
    course.release(orderKey);
    const parked = course.parked.get(orderKey);
    if (parked) retries.plan(course, parked);
    dispatcher.pump(course);
  }
}
