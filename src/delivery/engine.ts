import type { LogRow } from '../events/event.ts';
import { toError } from '../lib/errors.ts';
import { monotonic, pause } from '../lib/time.ts';
import { Freshness } from '../reading/freshness.ts';
import { type LogPage, readVersions } from '../reading/queries.ts';
import { Attempts } from './attempt.ts';
import { Beside } from './beside.ts';
import { Breakers } from './breakers.ts';
import { CatchUp, type CatchUpOptions } from './catch-up.ts';
import type { Course } from './course.ts';
import { Disabling } from './disabling.ts';
import { Dispatcher } from './dispatcher.ts';
import { Handshakes } from './handshakes.ts';
import { Intake } from './intake.ts';
import { type HeldLane, Lanes } from './lanes.ts';
import type { DeliveryOptions } from './options.ts';
import { Outcomes } from './outcomes.ts';
import { trimDeliveryLog } from './queries.ts';
import { Recovery } from './recovery.ts';
import { Replays, type ReplaysOptions } from './replays.ts';
import { Retries } from './retries.ts';
import { isFlowing, Roster } from './roster.ts';
import { Settler } from './settler.ts';
import { Signers } from './signers.ts';

/** Deliveries that the process may have open; those that are behind leave room for those that are not. */
const OPEN_MOST = 20_000;
const BEHIND_OPEN_MOST = OPEN_MOST / 4;
/** A decision rests on versions that were read at most so many milliseconds ago. */
const FRESH_MS = 250;
/** Milliseconds beyond that in which a process that does not answer has certainly stopped beginning attempts. */
const MARGIN_MS = 50;
const SWEEP_MS = 50;
const UNDECIDED_WAIT_MS = 1000;
const TRIM_MS = 3_600_000;
const TRIM_ROWS = 10_000;
/** Outcomes that are flushed before their time. */
const FLUSH_MOST = 500;
const CATCH_UP = { readers: 4, openMost: BEHIND_OPEN_MOST };

/** What whoever reads the log is given. */
type LogReading = Omit<CatchUpOptions, 'moved' | 'tally' | keyof typeof CATCH_UP>;

/**
 * Delivery to webhooks, for the lanes that this process holds.
 *
 * The whole log is followed once (`Intake`). Each row is matched in memory against the subscriptions of the lanes held
 * and handed to their courses; the `Dispatcher` begins what may begin; what comes of it is settled in batches
 * (`Settler`). A course that cannot keep up leaves its lane and is read for alone (`CatchUp`); a dialog that was refused
 * is parked (`Retries`); an endpoint that fails as a whole is left alone (`Breakers`). There is no row for a delivery before its first attempt.
 */
export class DeliveryEngine implements AsyncDisposable {
  readonly #options: DeliveryOptions;
  readonly #reading = new AbortController();
  readonly #leasing = new AbortController();
  readonly #lanes: Lanes;
  readonly #roster: Roster;
  readonly #freshness: Freshness;
  readonly #settler: Settler;
  readonly #attempts: Attempts;
  readonly #dispatcher: Dispatcher;
  readonly #intake: Intake;
  readonly #catchUp: CatchUp;
  readonly #retries: Retries;
  readonly #breakers: Breakers;
  readonly #recovery: Recovery;
  readonly #handshakes: Handshakes;
  readonly #isLeaving = (course: Course) => this.#roster.laneOf(course)?.leavesBy !== undefined;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #running: Promise<void>;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const { settings, database, log, reach, access, mainUnitOf } = options;
    const { schedule, parkedMost } = settings;
    const owner = options.newId();
    const common = { database, log, reach, followed: () => this.#intake.followed };
    const reading = {
      ...{ ...common, mainUnitOf, signal: this.#reading.signal },
      confirm: (page: LogPage, askedAt: number) => this.#freshness.confirm(page, askedAt),
      learnUnits: async (rows: readonly LogRow[]) =>
        options.learnMainUnits?.(rows.map(({ subject }) => subject)),
    };
    const detailsOf = (course: Course) => this.#roster.detailsOf(course);
    const eased = (course: Course) => this.#catchUp.want(course);
    this.#lanes = this.#openLanes(owner);
    const signers = new Signers(options);
    this.#roster = new Roster({
      ...{ database, signers, held: this.#lanes.held, coursesMost: settings.coursesMost },
      begun: (course) => this.#begun(course),
      asked: (courses) => this.#recovery.look(courses),
      setApart: (...apart) => this.#settler.setApart(...apart),
    });
    const { tally } = this.#roster;
    this.#freshness = new Freshness(database, { access, subscriptions: this.#roster, now: monotonic });
    this.#settler = new Settler({
      ...{ ...settings, ...common, owner, lanes: this.#lanes, flushMost: FLUSH_MOST },
      left: (course) => this.#left(course),
    });
    this.#attempts = new Attempts({
      ...{ ...options, freshness: this.#freshness, freshMs: FRESH_MS, detailsOf, signers },
      isLeased: (now) => this.#lanes.isLeased(now),
      watermarkOf: (course) => course.settledUpTo(this.#roster.laneOf(course)?.cursor ?? 0),
    });
    const outcomes = new Outcomes({
      ...{ settler: this.#settler, random: options.random, undecidedWaitMs: UNDECIDED_WAIT_MS },
      ...{ log, schedule, parkedMost, detailsOf, attempted: options.attempted },
      parked: (course, parked) => this.#retries.plan(course, parked),
      learn: (course, ended) => this.#breakers.learn(course, ended),
    });
    const sending = { attempts: this.#attempts, outcomes, tally, eased, isLeaving: this.#isLeaving };
    this.#dispatcher = new Dispatcher({ ...settings, ...sending, detailsOf });
    this.#retries = new Retries({
      ...{ ...reading, ...sending, parkedMost, dispatcher: this.#dispatcher, settler: this.#settler },
    });
    this.#breakers = this.#openBreakers(owner, eased);
    this.#recovery = this.#openRecovery(outcomes, reading);
    this.#catchUp = new CatchUp({
      ...{ ...reading, ...CATCH_UP, tally },
      moved: (course) => this.#moved(course),
    });
    this.#intake = this.#openIntake(reading);
    this.#handshakes = new Handshakes({ ...options, attempts: this.#attempts, schedule });
    this.#timers = this.#startTimers();
    this.#running = this.#lanes.run();
  }

  /** Lanes held by this process. */
  get lanesHeld(): number {
    return this.#lanes.held.size;
  }

  /** Subscriptions that are in memory ready for sending; of the others there is no more than what they want. */
  get subscriptionsAwake(): number {
    return this.#roster.awake.size;
  }

  /** Deliveries that are in memory and have not ended. */
  get deliveriesOpen(): number {
    return this.#roster.tally.open;
  }

  /**
   * Resolves when no attempt of a subscription begins any more as it was before a change: at once when this process
   * owns its lane and has taken the change in, otherwise when every other process must have.
   */
  async quiesced({ lane, version }: { readonly lane: number; readonly version: number }): Promise<void> {
    const isOurs = () => this.#lanes.held.has(lane) && this.#lanes.isLeased(monotonic());
    const takenIn =
      isOurs() &&
      (await this.#roster.refresh(version).then(
        () => true,
        () => false,
      ));
    if (!takenIn || !isOurs()) await pause(FRESH_MS + MARGIN_MS);
  }

  /** Stops reading, lets what is under way end, writes down what came of it, and lets the lanes go. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#reading.abort();
    this.#retries[Symbol.dispose]();
    this.#breakers[Symbol.dispose]();
    this.#handshakes[Symbol.dispose]();
    const drained = new AbortController();
    void this.#dispatcher.drain().then(() => drained.abort());
    await pause(this.#options.settings.drainMs, drained.signal);
    for (const timer of this.#timers) clearInterval(timer);
    await this.#settler[Symbol.asyncDispose]();
    this.#leasing.abort();
    await Promise.all([this.#running, this.#intake.ended]);
    await this.#lanes.release().catch(() => undefined);
  }

  #startTimers(): NodeJS.Timeout[] {
    return [setInterval(() => this.#sweep(), SWEEP_MS), setInterval(() => void this.#trim(), TRIM_MS)];
  }

  #openIntake(reading: LogReading): Intake {
    const { hints, settings } = this.#options;
    return new Intake({
      ...{ ...reading, hints, pollMs: settings.pollMs, roster: this.#roster },
      ...{ openMost: OPEN_MOST, coursesMost: settings.coursesMost },
      offered: (courses) => this.#dispatcher.pumpAll(courses),
      passed: (...passed) => this.#catchUp.passed(...passed),
      passedUntold: (course) => this.#catchUp.passedUntold(course),
      overflowed: (course) => this.#overflowed(course),
    });
  }

  #openBreakers(owner: string, eased: (course: Course) => void): Breakers {
    const { settings } = this.#options;
    return new Breakers({
      ...{ ...this.#options, eased, followed: () => this.#intake.followed },
      ...{ attempts: this.#attempts, dispatcher: this.#dispatcher, retries: this.#retries },
      ...{ settler: this.#settler, disabling: new Disabling({ ...this.#options, owner }) },
      rules: { ...settings, concurrency: settings.endpointConcurrency },
    });
  }

  #openRecovery(
    outcomes: Outcomes,
    reading: Pick<ReplaysOptions, 'followed' | 'confirm' | 'mainUnitOf'>,
  ): Recovery {
    const { signal } = this.#reading;
    const sending = { attempts: this.#attempts, dispatcher: this.#dispatcher, retries: this.#retries };
    const common = {
      ...{ ...this.#options, settler: this.#settler, signal },
      beside: new Beside({ ...sending, outcomes, signal }),
      detailsOf: (course: Course) => this.#roster.detailsOf(course),
      written: (course: Course) => this.#settler.written(course),
    };
    const laneOf = (course: Course) => this.#roster.laneOf(course);
    const replays = new Replays({ ...common, ...reading, laneOf });
    return new Recovery({ ...common, replays, retries: this.#retries });
  }

  #openLanes(owner: string): Lanes {
    const { database, log, reach, settings } = this.#options;
    return new Lanes({
      ...{ database, owner, log, reach, leaseMs: settings.leaseMs, signal: this.#leasing.signal },
      inTurn: (work) => this.#settler.inTurn(work),
      quietCursor: (lane) => this.#settler.quietCursor(lane),
      load: (lanes, takeOver) => this.#load(lanes, takeOver),
      flush: () => this.#settler.flush(),
      lost: (lanes) => this.#roster.drop(lanes),
    });
  }

  async #load(lanes: readonly HeldLane[], takeOver: () => HeldLane[]): Promise<void> {
    const { database, access } = this.#options;
    const versions = await readVersions(database);
    if (access.version < versions.access) await access.refresh(versions.access);
    await this.#roster.load(lanes, versions.subscription, () => {
      const taken = takeOver();
      for (const lane of taken) this.#intake.sendBack(lane.cursor);
      return taken;
    });
  }

  #begun(course: Course): void {
    if (course.sought !== undefined) this.#settler.touch(course);
    if (!isFlowing(course.subscription)) {
      if (course.attached) {
        course.detach(this.#intake.followed);
        this.#settler.touch(course);
      }
      this.#handshakes.plan(course);
      return;
    }
    this.#breakers.plan(course);
    this.#retries.planAll(course);
    this.#recovery.plan(course);
    this.#dispatcher.pump(course);
    this.#catchUp.want(course);
  }

  /** It is read for alone from here on, and what it has under way leaves room to those that keep up. */
  #left(course: Course): void {
    this.#catchUp.want(course);
    this.#dispatcher.pump(course);
  }

  #moved(course: Course): void {
    this.#roster.laneOf(course)?.busy.add(course);
    this.#settler.touch(course);
    this.#dispatcher.pump(course);
  }

  #overflowed(course: Course): void {
    this.#settler.touch(course);
    this.#catchUp.want(course);
  }

  #sweep(): void {
    this.#settler.sweep();
    this.#attempts.keepFresh();
    // What cannot be woken now is tried again at the next sweep.
    this.#roster.tidy().catch(() => undefined);
  }

  async #trim(): Promise<void> {
    const { database, settings, log } = this.#options;
    if (!this.#lanes.held.has(0)) return;
    await trimDeliveryLog(database, settings.deliveryLogDays, TRIM_ROWS).catch((thrown) =>
      log.warn({ err: toError(thrown).message }, 'the delivery log could not be trimmed'),
    );
  }
}
