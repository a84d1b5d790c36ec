import type { DecisionPoint } from '../access/ports.ts';
import type { Database } from '../db/database.ts';
import { toError } from '../lib/errors.ts';
import type { Reach } from '../lib/failpoint.ts';
import type { Log } from '../lib/log.ts';
import { monotonic, pause } from '../lib/time.ts';
import type { SendResult } from '../outbound/send-result.ts';
import type { WebhookSecret } from '../outbound/standard-webhooks.ts';
import { type Asked, followLog, type Hints } from '../reading/follow.ts';
import { Freshness, type Versioned } from '../reading/freshness.ts';
import { type LogPage, readVersions } from '../reading/queries.ts';
import { Attempts } from './attempt.ts';
import { CatchUp } from './catch-up.ts';
import type { Course } from './course.ts';
import { Dispatcher } from './dispatcher.ts';
import { Handshakes } from './handshakes.ts';
import { type HeldLane, Lanes } from './lanes.ts';
import { Outcomes } from './outcomes.ts';
import { trimDeliveryLog } from './queries.ts';
import type { DeliveryRequest } from './request.ts';
import { Retries } from './retries.ts';
import { isFlowing, Roster } from './roster.ts';
import type { RetrySchedule } from './schedule.ts';
import { Settler } from './settler.ts';

export interface DeliverySettings {
  readonly leaseMs: number;
  readonly handoverMs: number;
  readonly flushMs: number;
  readonly pollMs: number;
  readonly schedule: RetrySchedule;
  readonly endpointConcurrency: number;
  readonly dispatchConcurrency: number;
  readonly parkedMost: number;
  readonly deliveryLogDays: number;
  /** Days that a dead letter is kept. */
  readonly letterDays: number;
  /** Milliseconds that deliveries under way may take when the engine is stopped. */
  readonly drainMs: number;
}

export interface DeliveryOptions {
  readonly settings: DeliverySettings;
  readonly database: Database;
  readonly hints: Hints;
  /** Tells every process to look at the log and the versions. */
  readonly changed: () => void;
  readonly decisions: DecisionPoint;
  readonly access: Versioned;
  /** The subject of the main unit, when the subject is a sub-unit. */
  readonly mainUnitOf: (subject: string | null) => string | undefined;
  readonly openSecret: (subscription: number, sealed: Uint8Array) => WebhookSecret;
  readonly cursorOf: (position: number) => string;
  readonly send: (url: string, request: DeliveryRequest, mayStart: () => boolean) => Promise<SendResult>;
  /** A UUID for the process and for each handshake. */
  readonly newId: () => string;
  readonly random: () => number;
  readonly sourceBase: string;
  readonly log: Log;
  readonly reach: Reach;
}

/** A page of the whole log. */
const PAGE = { rows: 500, scan: 500, bytes: 4 << 20 };
/** Deliveries that one course may have open before it is read for alone, and the process before it reads no further. */
const COURSE_OPEN_MOST = 256;
const PROCESS_OPEN_MOST = 20_000;
/** A decision rests on versions that were read at most so many milliseconds ago. */
const FRESH_MS = 250;
/** Milliseconds beyond that in which a process that does not answer has certainly stopped beginning attempts. */
const MARGIN_MS = 50;
const SWEEP_MS = 50;
const UNDECIDED_WAIT_MS = 1000;
const TRIM_MS = 3_600_000;
const TRIM_ROWS = 10_000;
const CATCH_UP = { window: 64, readers: 4 };

/**
 * Delivery to webhooks, for the lanes that this process holds.
 *
 * The whole log is followed once. Each row is matched in memory against the subscriptions of the lanes held and handed
 * to their courses; the dispatcher begins what may begin; what comes of it is settled in batches. A course that cannot
 * keep up leaves its lane and is read for alone (`CatchUp`); a dialog that was refused is parked (`Retries`). There is
 * no row for a delivery before its first attempt.
 */
export class DeliveryEngine implements AsyncDisposable {
  readonly #options: DeliveryOptions;
  readonly #reading = new AbortController();
  readonly #leasing = new AbortController();
  readonly #lanes: Lanes;
  readonly #roster: Roster;
  readonly #freshness: Freshness;
  readonly #settler: Settler;
  readonly #dispatcher: Dispatcher;
  readonly #catchUp: CatchUp;
  readonly #retries: Retries;
  readonly #handshakes: Handshakes;
  readonly #timers: NodeJS.Timeout[] = [];
  #running: Promise<unknown>;
  /** Every row at or below has been offered to every attached course. */
  #followed = Number.POSITIVE_INFINITY;
  #following: Promise<void> | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const { settings, database, log, reach } = options;
    const owner = options.newId();
    const followed = () => this.#followed;
    const confirm = (page: LogPage, askedAt: number) => this.#freshness.confirm(page, askedAt);
    const detailsOf = (course: Course) => this.#roster.detailsOf(course);
    const eased = (course: Course) => this.#catchUp.want(course);
    this.#lanes = new Lanes({
      ...{ database, owner, log, reach, leaseMs: settings.leaseMs, signal: this.#leasing.signal },
      quietCursor: (lane) => this.#settler.quietCursor(lane),
      gained: (lanes) => this.#gained(lanes),
      lost: (lanes) => this.#roster.drop(lanes),
    });
    this.#roster = new Roster({
      ...{ database, held: this.#lanes.held, openSecret: options.openSecret },
      begun: (course) => this.#begun(course),
    });
    this.#freshness = new Freshness(database, {
      access: options.access,
      subscriptions: this.#roster,
      now: monotonic,
    });
    this.#settler = new Settler({
      ...{ database, owner, followed, log, reach, lanes: this.#lanes, flushMost: 500, left: eased },
      ...{ flushMs: settings.flushMs, handoverMs: settings.handoverMs, letterDays: settings.letterDays },
    });
    const attempts = new Attempts({
      ...options,
      ...{ freshness: this.#freshness, freshMs: FRESH_MS, detailsOf },
      isLeased: (now) => this.#lanes.isLeased(now),
    });
    const outcomes = new Outcomes({
      ...{ settler: this.#settler, schedule: settings.schedule, random: options.random, detailsOf, log },
      ...{ parkedMost: settings.parkedMost, undecidedWaitMs: UNDECIDED_WAIT_MS },
      parked: (course, parked) => this.#retries.plan(course, parked),
    });
    this.#dispatcher = new Dispatcher({ ...settings, attempts, outcomes, eased });
    this.#retries = new Retries({
      ...{
        database,
        attempts,
        outcomes,
        followed,
        confirm,
        eased,
        log,
        reach,
        parkedMost: settings.parkedMost,
      },
      ...{ dispatcher: this.#dispatcher, settler: this.#settler, mainUnitOf: options.mainUnitOf },
    });
    this.#catchUp = new CatchUp({
      ...{ database, followed, confirm, log, reach, mainUnitOf: options.mainUnitOf, ...CATCH_UP },
      moved: (course) => this.#moved(course),
    });
    this.#handshakes = new Handshakes({ ...options, attempts, schedule: settings.schedule });
    this.#timers.push(
      setInterval(() => this.#settler.sweep(), SWEEP_MS),
      setInterval(() => void this.#trim(), TRIM_MS),
    );
    this.#running = this.#lanes.run();
  }

  /** Lanes held by this process. */
  get lanesHeld(): number {
    return this.#lanes.held.size;
  }

  /**
   * Resolves when no attempt of a subscription begins any more as it was before a change: at once when this process
   * owns its lane and has taken the change in, otherwise when every other process must have.
   */
  async quiesced(subscription: { readonly lane: number }): Promise<void> {
    if (this.#lanes.held.has(subscription.lane)) await this.#freshness.renew();
    else await pause(FRESH_MS + MARGIN_MS);
  }

  /** Stops reading, lets what is under way end, writes down what came of it, and lets the lanes go. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#reading.abort();
    for (const timer of this.#timers) clearInterval(timer);
    this.#retries[Symbol.dispose]();
    this.#handshakes[Symbol.dispose]();
    const drained = new AbortController();
    void this.#dispatcher.drain().then(() => drained.abort());
    await pause(this.#options.settings.drainMs, drained.signal);
    await this.#settler[Symbol.asyncDispose]();
    this.#leasing.abort();
    await Promise.all([this.#running, this.#following]);
    await this.#lanes.release().catch(() => undefined);
  }

  async #gained(lanes: HeldLane[]): Promise<void> {
    const { database, access } = this.#options;
    const versions = await readVersions(database);
    if (access.version < versions.access) await access.refresh(versions.access);
    await this.#roster.load(lanes, versions.subscription, () => {
      for (const lane of lanes) this.#lanes.held.set(lane.lane, lane);
      this.#followed = Math.min(this.#followed, ...lanes.map((lane) => lane.cursor));
    });
    this.#following ??= this.#follow();
  }

  #begun(course: Course): void {
    if (!isFlowing(course.subscription)) {
      if (course.attached) {
        course.detach(this.#followed);
        this.#settler.touch(course);
      }
      this.#handshakes.plan(course);
      return;
    }
    for (const parked of course.parked.values()) this.#retries.plan(course, parked);
    this.#catchUp.want(course);
  }

  async #follow(): Promise<void> {
    const { database, hints, log, settings } = this.#options;
    await followLog({
      ...{ database, hints, log, pollMs: settings.pollMs, purpose: 'delivery', budget: PAGE },
      signal: this.#reading.signal,
      position: () => this.#followed,
      take: (page, asked) => this.#take(page, asked),
    });
  }

  async #take(page: LogPage, asked: Asked): Promise<void> {
    const { reach } = this.#options;
    await this.#freshness.confirm(page, asked.at);
    // Sent back meanwhile, because lanes were taken over: this page is not the next one any more.
    if (asked.after !== this.#followed) return;
    if (page.rows.length > 0) reach('log-read');
    const touched = this.#match(page);
    for (const course of touched) this.#dispatcher.pump(course);
    const { tally } = this.#roster;
    while (tally.open > PROCESS_OPEN_MOST / 2 && !this.#reading.signal.aborted)
      await pause(2, this.#reading.signal);
  }

  /** Offers the page to the courses that want it and moves the follower; gives the courses that were offered rows. */
  #match(page: LogPage): Set<Course> {
    const { mainUnitOf } = this.#options;
    const { index, tally } = this.#roster;
    const now = monotonic();
    const touched = new Set<Course>();
    let before = this.#followed;
    for (const row of page.rows) {
      if (tally.open > PROCESS_OPEN_MOST) break;
      index.match(row, mainUnitOf(row.subject), (course) => {
        if (!course.attached) return;
        course.offer(row, before, now);
        touched.add(course);
        this.#roster.laneOf(course)?.busy.add(course);
        if (course.openCount > COURSE_OPEN_MOST) {
          course.detach(before);
          this.#settler.touch(course);
        }
      });
      before = row.position;
    }
    this.#followed = tally.open > PROCESS_OPEN_MOST ? before : page.next;
    return touched;
  }

  #moved(course: Course): void {
    if (course.openCount > 0) this.#roster.laneOf(course)?.busy.add(course);
    this.#settler.touch(course);
    this.#dispatcher.pump(course);
  }

  async #trim(): Promise<void> {
    const { database, settings, log } = this.#options;
    if (!this.#lanes.held.has(0)) return;
    await trimDeliveryLog(database, settings.deliveryLogDays, TRIM_ROWS).catch((thrown) =>
      log.warn({ err: toError(thrown).message }, 'the delivery log could not be trimmed'),
    );
  }
}
