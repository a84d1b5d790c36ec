import type { Database } from '../db/database.ts';
import { toError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { monotonic, pause } from '../lib/time.ts';
import type { Again, Beside, Sent } from './beside.ts';
import type { Course } from './course.ts';
import { type CourseDetails, toMissing } from './course-loader.ts';
import { type AskedLetter, readAskedLetters, readAsking, readUnsettled } from './letter-queries.ts';
import { addMissing, messageIdOf, removeMissing } from './message-id.ts';
import { type MissingRow, readMissing } from './queries.ts';
import type { Parked } from './parked.ts';
import { readReplays } from './replay-queries.ts';
import type { Replays } from './replays.ts';
import type { Retries } from './retries.ts';
import type { Settler } from './settler.ts';

export interface RecoveryOptions {
  readonly database: Database;
  readonly beside: Beside;
  readonly replays: Pick<Replays, 'sendPage'>;
  readonly retries: Pick<Retries, 'plan'>;
  readonly settler: Pick<Settler, 'touch' | 'inTurn'>;
  /** Resolves when what became of events is written. */
  readonly written: (course: Course) => Promise<void>;
  readonly detailsOf: (course: Course) => CourseDetails;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** Dead letters read and sent at a time: what may come twice when the process ends in the middle of it. */
const PAGE = 16;
const LATER_MS = 200;

/**
 * What subscribers ask for about dead letters, and replays of the log. They write that down and raise `recovery` of the
 * subscription; whoever owns its lane looks. One thing at a time is sent for a course: letters, then its replay.
 *
 * - *asked*: the letter is sent again, once, beside the order. Taken: it is settled. Refused or withheld: it is a dead
 *   letter as before, and may be asked for again.
 * - *running*: so is a replay, page by page.
 * - *settled*, by that or because it was discarded: what follows in its dialog says no longer that it is missing; and a
 *   dialog that is *held* at it goes on behind it.
 */
export class Recovery {
  readonly #options: RecoveryOptions;

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** Takes in what has changed about dead letters and replays of these courses. */
  async look(courses: readonly Course[]): Promise<void> {
    const { database, settler } = this.#options;
    if (courses.length === 0) return;
    const ids = courses.map(({ subscription }) => subscription.id);
    // In turn: no flush is under way, so what the database does not have is in the notebook.
    await settler.inTurn(async () => {
      const heads = courses.flatMap((course) => heldOf(course).map(({ head }) => head));
      const [missing, unsettled, asking, replays] = await Promise.all([
        readMissing(database, ids),
        readUnsettled(database, ids, heads),
        readAsking(database, ids),
        readReplays(database, ids),
      ]);
      for (const course of courses) {
        const { id } = course.subscription;
        this.#retell(
          course,
          missing.filter(({ subscription }) => subscription === id),
        );
        this.#letGo(course, unsettled);
        const details = this.#options.detailsOf(course);
        details.asked ||= asking.has(id);
        // Of one that is known, the process knows best how far it has come.
        if (details.replay?.number !== replays.get(id)?.number) details.replay = replays.get(id);
      }
    });
    for (const course of courses) this.plan(course);
  }

  /** Begins to send again what is asked for, unless that goes on already. */
  plan(course: Course): void {
    const { beside, detailsOf } = this.#options;
    const { asked, replay } = detailsOf(course);
    if (course.recovering || !beside.mayGoOn(course) || !(asked || replay)) return;
    course.recovering = true;
    void this.#sendAll(course).finally(() => {
      course.recovering = false;
    });
  }

  /** What the receiver has not got: as the database says, and what it does not know yet. */
  #retell(course: Course, rows: readonly MissingRow[]): void {
    const { missing } = this.#options.detailsOf(course);
    missing.clear();
    for (const row of rows) missing.set(row.order_key, toMissing(row));
    for (const { order_key: orderKey, event_id: id, bytes } of course.notebook.letters) {
      const { source = '' } = JSON.parse(bytes) as { source?: string };
      missing.set(orderKey, addMissing(missing.get(orderKey), messageIdOf({ id, source })));
    }
  }

  /** At once: nothing that begins after the receiver has taken it calls it missing. */
  #hasCome(course: Course, orderKey: string, messageId: string): void {
    const { missing } = this.#options.detailsOf(course);
    const known = missing.get(orderKey);
    const left = known && removeMissing(known, messageId);
    if (left) missing.set(orderKey, left);
    else missing.delete(orderKey);
  }

  #letGo(course: Course, unsettled: ReadonlySet<string>): void {
    const { settler, retries } = this.#options;
    const { id, onExhausted } = course.subscription;
    const unwritten = new Set(course.notebook.letters.map(({ position }) => position));
    for (const parked of heldOf(course)) {
      const isUnsettled = unwritten.has(parked.head) || unsettled.has(`${id} ${parked.head}`);
      if (isUnsettled && onExhausted === 'hold') continue;
      passHeld(course, parked);
      settler.touch(course);
      retries.plan(course, parked);
    }
  }

  async #sendAll(course: Course): Promise<void> {
    const { beside, detailsOf, log, signal } = this.#options;
    const details = detailsOf(course);
    while ((details.asked || details.replay) && beside.mayGoOn(course)) {
      try {
        await this.#sendPage(course, details);
      } catch (thrown) {
        const { id: subscription } = course.subscription;
        log.warn({ err: toError(thrown).message, subscription }, 'nothing could be sent again yet');
        await pause(LATER_MS, signal);
      }
    }
  }

  async #sendPage(course: Course, details: CourseDetails): Promise<void> {
    const { replays } = this.#options;
    if (!details.asked) return replays.sendPage(course, details.replay!);
    details.asked = false;
    try {
      details.asked ||= await this.#sendLetters(course);
    } catch (thrown) {
      details.asked = true;
      throw thrown;
    }
  }

  /** Sends some letters and waits until what became of them is written; whether there may be more. */
  async #sendLetters(course: Course): Promise<boolean> {
    const { database, beside, settler, signal, written } = this.#options;
    const { id } = course.subscription;
    const page = await settler.inTurn(() => readAskedLetters(database, id, { after: 0, most: PAGE }));
    const unwritten = new Set(course.notebook.retried.map(({ position }) => position));
    const letters = page.filter(({ row }) => !unwritten.has(row.position));
    const again = letters.map(
      (letter) => ({ ...letter, replay: 'dead-letter', attempt: letter.attempts + 1 }) as const,
    );
    // A flush has not been taken yet.
    if (again.length === 0 && page.length > 0) await pause(LATER_MS, signal);
    await beside.sendAll(course, again, {
      sent: (letter, became) => this.#settle(course, letter, became),
      goesOn: () => true,
    });
    if (course.ended || page.length === 0) return false;
    await written(course);
    await this.look([course]);
    return true;
  }

  #settle(course: Course, { row, orderKey, attempts }: AskedLetter & Again, became: Sent): void {
    if (became === 'stopped') return;
    if (became === 'delivered') this.#hasCome(course, orderKey, messageIdOf(row));
    const { position } = row;
    course.notebook.retry({
      ...{ subscription: course.subscription.id, position, settled: became === 'delivered' },
      attempts: attempts + (became === 'failed' ? 1 : 0),
      cause: became === 'withheld' ? 'withheld when it was sent again' : null,
    });
    this.#options.settler.touch(course);
  }
}

function heldOf({ parked }: Course): Parked[] {
  return [...parked.values()].filter(({ held }) => held);
}

/** The letter at the head of a held dialog is settled, and answers for its event: the dialog goes on behind it. */
export function passHeld(course: Course, parked: Parked): void {
  course.settleRow(parked.head, 'dead');
  Object.assign(parked, { held: false, head: parked.head + 1, attempt: 0, dueAt: monotonic() });
  course.notebook.touchParked(parked.orderKey);
}
