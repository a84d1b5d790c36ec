import type { Told } from '../../src/delivery/attempt.ts';
import { Batching } from '../../src/delivery/batching.ts';
import { type Meanwhile, offerPage } from '../../src/delivery/catch-up.ts';
import type { Course } from '../../src/delivery/course.ts';
import type { Parked } from '../../src/delivery/parked.ts';
import type { Delivery } from '../../src/delivery/delivery-queues.ts';
import {
  afterAttempt,
  afterHandshake,
  countsAsAttempt,
  isGone,
  letsThrough,
  type Moment,
  roomOf,
} from '../../src/delivery/health.ts';
import { Outcomes } from '../../src/delivery/outcomes.ts';
import { passHeld } from '../../src/delivery/recovery.ts';
import { passPage } from '../../src/delivery/retries.ts';
import type { LogRow } from '../../src/events/event.ts';
import { openLog } from '../../src/lib/log.ts';
import { isAskedFor } from '../../src/subscriptions/matching.ts';
import type { Subscription } from '../../src/subscriptions/subscription.ts';
import { ModelDatabase } from './model-database.ts';
import { checkAttempts, type Ended, ModelEndpoint } from './model-endpoint.ts';
import { ModelLog, type Page, pick } from './model-log.ts';
import { ModelProcess } from './model-process.ts';
import { SECRET, Truth } from './truth.ts';

const WINDOW = 4;
const PARKED_MOST = 2;
const BATCH = { most: 3, bytes: 2 ** 20, waitMs: 0 };
const RULES = { windowMs: 1000, concurrency: 3 };
const UNDECIDED: Ended = { kind: 'undecided', cause: 'nobody to ask' };
const WITHHELD: Ended = { kind: 'withheld', cause: 'no-rule' };

interface Sending {
  readonly course: Course;
  readonly deliveries: readonly Delivery[];
  /** What of it may be known. */
  readonly permitted: readonly LogRow[];
  written: boolean;
}

interface Reading {
  readonly course: Course;
  readonly handed: number;
  readonly page: Page;
  readonly meanwhile: Meanwhile;
}

interface Draining {
  readonly course: Course;
  readonly parked: Parked;
  page: Page;
  at: number;
}

/** A dead letter, or an event of the log, that is sent beside the order of its dialog. */
interface Beside {
  readonly course: Course;
  readonly row: LogRow;
  readonly orderKey: string;
  written: boolean;
}

/**
 * A process that delivers, and the world around it, in steps that a schedule chooses: what waits in the real one for a
 * socket or a read waits here for its step. The receiver, the log and the database outlive the process.
 */
export class Simulation {
  readonly log = new ModelLog();
  readonly database: ModelDatabase;
  readonly truth = new Truth(this.log.rows);
  readonly process: ModelProcess;
  readonly subscriptions: Subscription[];
  readonly #endpoints: ReadonlyMap<number, ModelEndpoint>;
  readonly #outcomes: Outcomes;
  readonly #batching = new Batching({
    limits: BATCH,
    detailsOf: () => ({ missing: new Map() }),
    ripe: () => undefined,
  });
  #sending: Sending[] = [];
  #readings: Reading[] = [];
  #drains: Draining[] = [];
  #besides: Beside[] = [];

  constructor(subscriptions: readonly Subscription[]) {
    this.subscriptions = [...subscriptions];
    this.database = new ModelDatabase([...new Set(subscriptions.map((one) => one.lane))]);
    this.database.own.set(subscriptions[0]!.id, 0);
    this.#endpoints = new Map(subscriptions.map(({ id }) => [id, new ModelEndpoint()]));
    this.process = new ModelProcess(this);
    this.process.passed = (course, row, before) =>
      this.#readings.find((one) => one.course === course)?.meanwhile.rows.push({ row, before });
    const touch = (course: Course) => void this.process.touched.add(course);
    this.#outcomes = new Outcomes({
      settler: { touch, record: touch, bury: (course, letter) => course.notebook.bury(letter) },
      ...{ schedule: { delays: [1, 1], jitter: 0 }, random: () => 0, undecidedWaitMs: 1 },
      ...{ parkedMost: PARKED_MOST, detailsOf: () => ({ missing: new Map() }) },
      learn: (course, ended) => this.#learn(course, ended),
      ...{ parked: () => undefined, log: openLog({ level: 'silent' }) },
    });
  }

  append(choice: number): void {
    const dialog = ['a', 'b', 'c', null][choice % 4] ?? null;
    this.log.append({ dialog, type: ['told', 'told', 'other', SECRET][(choice >> 2) % 4]!, gap: choice % 2 });
  }

  begin(choice: number): void {
    const course = pick([...this.process.courses.values()], choice);
    if (!course || course.halted || !this.#hasRoom(course)) return;
    const deliveries = this.#batching.take(course);
    if (deliveries.length === 0) return;
    course.countAttempt(1);
    const permitted = deliveries.map(({ row }) => row).filter(({ type }) => type !== SECRET);
    this.#sending.push({ course, deliveries, permitted, written: false });
  }

  write(choice: number): void {
    const sending = pick(this.#sending, choice);
    if (!sending || sending.written || sending.course.ended || sending.permitted.length === 0) return;
    for (const { orderKey } of sending.deliveries) this.#checkAlone(sending.course, orderKey);
    sending.written = this.#reach(sending.course, sending.permitted);
  }

  answer(choice: number, isGood = choice % 3 > 0): void {
    const sending = pick(this.#sending, choice >> 2);
    if (!sending) return;
    this.#sending.splice(this.#sending.indexOf(sending), 1);
    const { course, deliveries } = sending;
    course.countAttempt(-1);
    const told = this.#told(sending, isGood);
    if (course.ended) return;
    if (!told) {
      for (const delivery of deliveries.toReversed()) course.giveBack(delivery);
      return;
    }
    const { health } = course;
    this.#outcomes.together(course, deliveries, { told, milliseconds: 0 });
    for (const { orderKey } of deliveries)
      checkAttempts(health, 0, course.parked.get(orderKey)?.attempt ?? 0);
  }

  startRead(choice: number): void {
    const course = pick([...this.process.courses.values()], choice);
    if (!course || course.halted || course.attached || !this.#hasRoom(course)) return;
    if (course.openCount > WINDOW / 2 || this.#readings.some((one) => one.course === course)) return;
    const page = this.log.read(course.handed, 3);
    const { subscription } = course;
    const meanwhile = { since: this.process.followed, subscription, rows: [], isWhole: true };
    this.#readings.push({ course, handed: course.handed, page, meanwhile });
  }

  endRead(): void {
    const { course, handed, page, meanwhile } = this.#readings.shift() ?? {};
    if (!course) return;
    const isWanted = (row: LogRow) => isAskedFor(course.subscription, row, undefined);
    if (
      !offerPage(course, page!, {
        from: handed!,
        followed: this.process.followed,
        now: this.process.now,
        isWanted,
        meanwhile: meanwhile!,
      })
    )
      return;
    this.process.held.get(course.subscription.lane)?.busy.add(course);
    this.process.touched.add(course);
  }

  startRetry(choice: number): void {
    const course = pick([...this.process.courses.values()], choice);
    const parked = course && pick([...course.parked.values()], choice >> 3);
    if (!parked || parked.draining || parked.held || !this.#hasRoom(course)) return;
    if (course.isReserved(parked.orderKey)) return;
    parked.draining = true;
    course.countRetry(1);
    this.#drains.push({ course, parked, page: this.log.readDialog(parked), at: 0 });
  }

  /** One attempt of a retry, or its end. */
  retry(choice: number, isGood = choice % 3 > 0): void {
    const drain = pick(this.#drains, choice >> 2);
    if (!drain) return;
    const { course, parked, page } = drain;
    const row = page.rows[drain.at++];
    const goesOn = !course.ended && (row ? this.#retryRow(drain, row, isGood) : this.#endPage(drain));
    if (goesOn) return;
    parked.draining = false;
    course.countRetry(-1);
    this.#drains.splice(this.#drains.indexOf(drain), 1);
  }

  #retryRow({ course, parked }: Draining, row: LogRow, isGood: boolean): boolean {
    if (!isAskedFor(course.subscription, row, undefined)) return true;
    if (parked.head < row.position) Object.assign(parked, { head: row.position, attempt: 0 });
    this.#checkAlone(course, parked.orderKey);
    if (row.type !== SECRET && !this.#reach(course, [row])) return false;
    const verdict = this.#verdict(course, row, { written: true, isGood })!;
    const { health } = course;
    const { attempt } = parked;
    const goesOn = this.#outcomes.again(course, { parked, row }, { verdict, milliseconds: 0 });
    if (!goesOn) checkAttempts(health, attempt, parked.attempt);
    return goesOn;
  }

  /** Nothing is taken until events are out of attempts. */
  exhaust(): void {
    for (let choice = 0; choice < 8; choice++) this.append(choice);
    for (let round = 0; round < 12; round++) {
      this.process.follow();
      for (let index = 0; index < this.subscriptions.length; index++) {
        this.begin(index);
        this.startRetry(index + 8 * round);
      }
      for (let count = this.#sending.length; count > 0; count--) {
        this.write(0);
        this.answer(0, false);
      }
      for (let count = this.#drains.length; count > 0; count--) this.retry(0, false);
      this.process.startFlush();
      this.process.endFlush(3);
    }
  }

  /** A dead letter is asked for again: nothing further of its dialog begins. */
  askAgain(choice: number): void {
    const name = pick([...this.database.unsettled], choice);
    const [id, position] = (name ?? '').split(' ').map(Number);
    const course = this.process.courses.get(id!);
    const row = this.log.rows.find((one) => one.position === position);
    if (!course || !row || course.subscription.state !== 'active') return;
    const orderKey = course.orderKeyOf(row);
    if (course.isReserved(orderKey)) return;
    course.reserve(orderKey);
    this.#besides.push({ course, row, orderKey, written: false });
  }

  /** What has come to its end is sent again from the log. */
  replay(choice: number): void {
    const course = pick([...this.process.courses.values()], choice);
    const row = pick(this.log.rows, choice >> 3);
    if (!course || !row || course.subscription.state !== 'active' || row.type === SECRET) return;
    if (!isAskedFor(course.subscription, row, undefined)) return;
    if (!course.isOver(row, this.process.followed)) return;
    this.truth.checkOver(course.subscription, row, this.database);
    const orderKey = course.orderKeyOf(row);
    if (course.isReserved(orderKey)) return;
    course.reserve(orderKey);
    this.#besides.push({ course, row, orderKey, written: false });
  }

  /** One step of a letter: it is written when nothing of its dialog is in flight, then answered. */
  sendAgain(choice: number, isGood = choice % 3 > 0): void {
    const beside = pick(this.#besides, choice >> 2);
    if (!beside) return;
    const { course, orderKey, written } = beside;
    if (written || course.ended) return this.#endAgain(beside, isGood);
    const mayBegin = this.#hasRoom(course) && letsThrough(course.health, this.process.now);
    if (course.isUnderWay(orderKey) || !mayBegin) return;
    course.countRetry(1);
    this.#endpoints.get(course.subscription.id)!.reach(this.process.now);
    beside.written = true;
  }

  #endAgain(beside: Beside, isGood: boolean): void {
    const { course, row, orderKey, written } = beside;
    this.#besides.splice(this.#besides.indexOf(beside), 1);
    course.release(orderKey);
    if (!written) return;
    course.countRetry(-1);
    const { id: subscription } = course.subscription;
    const endpoint = this.#endpoints.get(subscription)!;
    const verdict = endpoint.answer(this.process.now, isGood);
    if (course.ended) return endpoint.forgive();
    const at = { row, orderKey };
    const became = this.#outcomes.beside(course, at, { verdict, milliseconds: 0, attempt: 1 });
    const { position } = row;
    if (became === 'delivered' && this.database.unsettled.has(`${subscription} ${position}`))
      course.notebook.retry({ subscription, position, settled: true, attempts: 1, cause: null });
  }

  /** A letter is given up. */
  discard(choice: number): void {
    const name = pick([...this.database.unsettled], choice);
    if (name !== undefined) this.database.unsettled.delete(name);
  }

  /** The process looks at dead letters: what is held goes on when its letter has been settled. */
  look(): void {
    for (const course of this.process.courses.values()) {
      const unwritten = course.notebook.letters.map(({ position }) => position);
      for (const parked of [...course.parked.values()].filter(({ held }) => held)) {
        const name = `${course.subscription.id} ${parked.head}`;
        if (unwritten.includes(parked.head) || this.database.unsettled.has(name)) continue;
        passHeld(course, parked);
        this.process.touched.add(course);
      }
    }
  }

  /** What goes in its order never goes while something of its dialog goes beside it. */
  #checkAlone(course: Course, orderKey: string): void {
    if (this.#besides.some((one) => one.written && one.course === course && one.orderKey === orderKey))
      throw new Error(`${course.subscription.id} ${orderKey} is sent beside what is sent again`);
  }

  /** Bytes reach the receiver, unless it is held at the last look. */
  #reach(course: Course, rows: readonly LogRow[]): boolean {
    const { now } = this.process;
    if (!letsThrough(course.health, now)) return false;
    this.#endpoints.get(course.subscription.id)!.reach(now);
    for (const row of rows) this.truth.arrive(course.subscription, row);
    return true;
  }

  /** Whether an attempt may begin, or rows be read for one. */
  #hasRoom({ subscription, health, inFlight, retrying }: Course): boolean {
    if (subscription.state !== 'active') return false;
    return inFlight + retrying < roomOf(health, this.process.now, RULES.concurrency);
  }

  /** What the process makes of an answer, for the endpoint as a whole. */
  #learn(course: Course, ended: Parameters<typeof afterAttempt>[1]): boolean {
    const before = course.health;
    course.learn(afterAttempt(before, ended, this.#moment()));
    if (course.health.phase === 'held' && course.health !== before) this.process.detach(course);
    this.process.touched.add(course);
    return countsAsAttempt(before, course.health);
  }

  #moment(): Moment {
    return { now: this.process.now, random: 0, rules: RULES };
  }

  /** An endpoint begins to behave differently. */
  turn(choice: number): void {
    pick([...this.#endpoints.values()], choice)?.turn(choice >> 2);
  }

  /** A handshake asks an endpoint that answered 410; 410 again disables the subscription. */
  probe(choice: number): void {
    const course = pick([...this.process.courses.values()], choice);
    if (!course || !isGone(course.health) || course.subscription.state !== 'active') return;
    if (course.health.nextAt > this.process.now) return;
    const { id } = course.subscription;
    const answer = this.#endpoints.get(id)!.answer(this.process.now, true);
    const health = afterHandshake(course.health, answer, this.#moment());
    if (health) course.learn(health);
    else this.process.pause(this.subscriptions.indexOf(course.subscription), 'paused');
    this.process.touched.add(course);
  }

  /** Somebody sends a subscription to an event that there is, or to the beginning. */
  seek(choice: number): void {
    const index = choice % this.subscriptions.length;
    const row = pick([...this.log.rows, undefined], choice >> 2);
    this.process.seek(index, row?.position ?? 0);
  }

  #endPage(drain: Draining): boolean {
    const { course, parked, page } = drain;
    if (passPage(course, parked, { page, followed: this.process.followed, parkedMost: PARKED_MOST })) {
      this.process.touched.add(course);
      return false;
    }
    Object.assign(drain, { page: this.log.readDialog(parked), at: 0 });
    return true;
  }

  /** Everything in memory is gone; a new process begins. */
  crash(choice: number): void {
    [this.#sending, this.#readings, this.#drains, this.#besides] = [[], [], [], []];
    for (const endpoint of this.#endpoints.values()) endpoint.forgive();
    this.process.crash(choice);
  }

  loseLane(choice: number): void {
    for (const endpoint of this.#endpoints.values()) endpoint.forgive();
    this.process.loseLane(choice);
  }

  /** Nothing goes wrong any more: everything must come to its end. */
  finish(): void {
    for (const endpoint of this.#endpoints.values()) endpoint.mood = 'up';
    this.process.now += 86_400_000;
    for (let index = 0; index < this.subscriptions.length; index++) this.process.pause(index, 'active');
    for (const lane of this.database.lanes.keys()) this.process.takeLane(lane);
    for (let round = 0; round < 20 + 2 * this.log.rows.length; round++) {
      for (let index = 0; index < this.subscriptions.length; index++) {
        this.probe(index);
        this.begin(index);
        this.startRead(index);
        this.startRetry(index);
      }
      this.endRead();
      for (let count = this.#sending.length; count > 0; count--) {
        this.write(0);
        this.answer(0, true);
      }
      for (let count = this.#drains.length; count > 0; count--) this.retry(round << 2, true);
      for (let count = 2 * this.#besides.length; count > 0; count--) this.sendAgain(round << 2, true);
      this.discard(round);
      this.look();
      this.process.follow();
      this.process.sweep();
      this.process.startFlush();
      this.process.endFlush(3);
      this.process.renew(3);
    }
    for (const subscription of this.subscriptions) this.truth.checkComplete(subscription, this.database);
  }

  /** What the process learns of a request. Undefined: it did not begin. */
  #told({ course, deliveries, permitted, written }: Sending, isGood: boolean): Told | Ended | undefined {
    const answer = permitted.length > 0 ? this.#answer(course, permitted, { written, isGood }) : WITHHELD;
    if (answer?.kind !== 'delivered' && permitted.length > 0) return answer;
    const verdicts = deliveries.map(({ row }) => (this.#isWithheld(course, row) ? WITHHELD : answer!));
    return { kind: 'told', verdicts };
  }

  /** What the process learns of a retry. Undefined: the attempt did not begin. */
  #verdict(course: Course, row: LogRow, at: { written: boolean; isGood: boolean }): Ended | undefined {
    return this.#isWithheld(course, row) ? WITHHELD : this.#answer(course, [row], at);
  }

  #isWithheld(course: Course, row: LogRow): boolean {
    if (row.type !== SECRET) return false;
    if (!course.ended) this.truth.settle(course.subscription, row);
    return true;
  }

  #answer(
    { subscription, ended }: Course,
    rows: readonly LogRow[],
    at: { written: boolean; isGood: boolean },
  ): Ended | undefined {
    if (!at.written) return at.isGood ? undefined : UNDECIDED;
    const endpoint = this.#endpoints.get(subscription.id)!;
    const answer = endpoint.answer(this.process.now, at.isGood);
    if (ended) endpoint.forgive();
    if (answer.kind !== 'delivered') return answer;
    for (const row of rows) {
      this.truth.answer(subscription, row);
      if (!ended) this.truth.settle(subscription, row);
    }
    return answer;
  }
}
