import { Alarm } from '../lib/alarm.ts';
import { toError } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { monotonic, wallClock } from '../lib/time.ts';
import type { Attempts } from './attempt.ts';
import type { Course } from './course.ts';
import type { Disabling } from './disabling.ts';
import type { Dispatcher } from './dispatcher.ts';
import {
  afterAttempt,
  afterHandshake,
  countsAsAttempt,
  type Health,
  type HealthRules,
  type Held,
  isGone,
} from './health.ts';
import type { Retries } from './retries.ts';
import { isFlowing } from './roster.ts';
import type { Settler } from './settler.ts';
import type { Verdict } from './verdict.ts';

export interface BreakerRules extends HealthRules {
  /** Milliseconds without a success after which the subscription is disabled … */
  readonly disableAfterMs: number;
  /** … and how long before that its maker is told. */
  readonly announceMs: number;
}

export interface BreakersOptions {
  readonly attempts: Pick<Attempts, 'handshake'>;
  readonly dispatcher: Pick<Dispatcher, 'pump'>;
  readonly retries: Pick<Retries, 'hurry' | 'planAll'>;
  readonly settler: Pick<Settler, 'touch'>;
  readonly disabling: Pick<Disabling, 'announce' | 'disable'>;
  readonly rules: BreakerRules;
  /** Where the follower of the whole log stands. */
  readonly followed: () => number;
  /** The reader of a course that is behind may read on. */
  readonly eased: (course: Course) => void;
  readonly random: () => number;
  readonly newId: () => string;
  readonly sourceBase: string;
  readonly log: Log;
}

/** A probe that found nothing of its kind to send takes the other one after so many milliseconds. */
const OTHER_KIND_MS = 1000;

/** What is next for an endpoint that is held: an event of a dialog that nobody has refused, or one that waits. */
interface Tick {
  readonly course: Course;
  readonly kind: 'fresh' | 'parked';
}

/**
 * Acts on what is known about endpoints (`health.ts` tells the states): holds a course back, lets one probe through at
 * its time, opens the ramp, and disables a subscription whose endpoint does not come back. Probes take turns between
 * dialogs that wait and new ones, so that a few dialogs which are always refused cannot keep an endpoint held.
 */
export class Breakers implements Disposable {
  readonly #options: BreakersOptions;
  readonly #alarm: Alarm<Tick>;
  readonly #asking = new Set<Course>();

  constructor(options: BreakersOptions) {
    this.#options = options;
    this.#alarm = new Alarm((tick) => this.#ring(tick));
  }

  [Symbol.dispose](): void {
    this.#alarm[Symbol.dispose]();
  }

  /** A course has begun, or flows again: sees to its next probe. */
  plan(course: Course): void {
    const { health } = course;
    if (health.phase === 'held') this.#alarm.set(health.nextAt, { course, kind: 'parked' });
  }

  /** Takes in what an attempt says about the endpoint; whether a failure counts as an attempt at its event. */
  learn(course: Course, ended: { readonly verdict: Verdict; readonly orderKey: string }): boolean {
    const before = course.health;
    this.#turnTo(course, afterAttempt(before, ended, this.#moment()));
    return countsAsAttempt(before, course.health);
  }

  #moment(): { now: number; random: number; rules: HealthRules } {
    const { random, rules } = this.#options;
    return { now: monotonic(), random: random(), rules };
  }

  #turnTo(course: Course, health: Health): void {
    const before = course.health;
    if (before === health) return;
    course.learn(health);
    if (before.phase === 'closed' && health.phase === 'closed') return;
    this.#options.settler.touch(course);
    if (health.phase === 'held') this.#hold(course, health, before);
    else if (before.phase === 'held') this.#release(course);
  }

  /** What waits is forgotten and read again: an endpoint that is down holds one position, not memory. */
  #hold(course: Course, health: Held, before: Health): void {
    const { followed, log } = this.#options;
    if (course.attached || course.openCount > 0) course.detach(followed());
    this.#alarm.set(health.nextAt, { course, kind: health.probes % 2 === 0 ? 'parked' : 'fresh' });
    if (before.phase !== 'held') {
      const { id: subscription } = course.subscription;
      log.warn({ subscription, because: health.because }, 'an endpoint is left alone for a while');
    }
    void this.#judge(course, health);
  }

  #release(course: Course): void {
    const { dispatcher, retries, eased, log } = this.#options;
    log.info({ subscription: course.subscription.id }, 'an endpoint has come back');
    retries.planAll(course);
    eased(course);
    dispatcher.pump(course);
  }

  /** Whether the endpoint has failed for so long that its subscription is disabled, or its maker must be told. */
  async #judge(course: Course, { since, probes }: Held): Promise<void> {
    const { disabling, rules, log } = this.#options;
    const left = since + rules.disableAfterMs - monotonic();
    if (probes === 0 || left > rules.announceMs) return;
    try {
      if (left > 0) await disabling.announce(course.subscription, wallClock() + left);
      else await disabling.disable(course.subscription, 'failing');
    } catch (thrown) {
      log.warn({ err: toError(thrown).message }, 'a subscription could not be disabled yet');
    }
  }

  #ring({ course, kind }: Tick): void {
    const { health } = course;
    if (course.ended || health.phase !== 'held' || !isFlowing(course.subscription)) return;
    // Another time has been set since.
    if (health.nextAt > monotonic()) return;
    if (isGone(health)) return void this.#ask(course, health);
    const isUnderWay = course.inFlight + course.retrying > 0;
    if (!isUnderWay) this.#probe(course, kind);
    const next = isUnderWay || kind === 'fresh' ? 'parked' : 'fresh';
    this.#alarm.set(monotonic() + OTHER_KIND_MS, { course, kind: next });
  }

  #probe(course: Course, kind: Tick['kind']): void {
    const { dispatcher, retries, eased } = this.#options;
    if (kind === 'parked') retries.hurry(course);
    else eased(course);
    dispatcher.pump(course);
  }

  /** Asks an endpoint that answered 410 whether it meant that. */
  async #ask(course: Course, held: Held): Promise<void> {
    const { attempts, disabling, newId, sourceBase, log } = this.#options;
    if (this.#asking.has(course)) return;
    this.#asking.add(course);
    try {
      const source = `${sourceBase}${course.subscription.id}`;
      const verdict = await attempts.handshake(course, { id: newId(), source });
      if (course.ended || course.health !== held) return;
      const health = afterHandshake(held, verdict, this.#moment());
      if (health) this.#turnTo(course, health);
      else await disabling.disable(course.subscription, 'gone');
    } catch (thrown) {
      log.warn({ err: toError(thrown).message }, 'a subscription could not be disabled yet');
      this.#alarm.set(monotonic() + OTHER_KIND_MS, { course, kind: 'fresh' });
    } finally {
      this.#asking.delete(course);
    }
  }
}
