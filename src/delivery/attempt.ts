import type { AccessDecision } from '../access/ports.ts';
import type { LogRow } from '../events/event.ts';
import { toError } from '../lib/errors.ts';
import type { Reach } from '../lib/failpoint.ts';
import { monotonic, wallClock } from '../lib/time.ts';
import { type SpanResult, startSpan } from '../lib/tracing.ts';
import type { SendResult } from '../outbound/send-result.ts';
import { signedHeaders } from '../outbound/standard-webhooks.ts';
import type { Course } from './course.ts';
import type { CourseDetails } from './course-loader.ts';
import { letsThrough } from './health.ts';
import { buildHandshake, buildRequest, type DeliveryRequest, type Replay, type Sign } from './request.ts';
import { RightToKnow, type RightToKnowOptions } from './right-to-know.ts';
import type { Signers } from './signers.ts';
import { judge, toCause, type Verdict } from './verdict.ts';

/** What decisions rest on, and since when it is known to be current. */
export interface Freshness {
  /** Monotonic milliseconds at which the versions were last known to be current. */
  readonly confirmedAt: number;
  /** Asks the database for the versions and takes in what has changed. Rejects when it cannot be asked. */
  renew(): Promise<void>;
}

export interface AttemptOptions extends RightToKnowOptions {
  /** The position up to which everything is settled for the course. */
  readonly watermarkOf: (course: Course) => number;
  readonly freshness: Freshness;
  /** Decisions older than so many milliseconds are not acted upon. */
  readonly freshMs: number;
  readonly isLeased: (now: number) => boolean;
  readonly detailsOf: (course: Course) => Pick<CourseDetails, 'missing'>;
  readonly signers: Pick<Signers, 'of'>;
  readonly cursorOf: (position: number) => string;
  /** Sends to a stranger; calls `mayStart` immediately before the first byte is written. Never rejects. */
  readonly send: (url: string, request: DeliveryRequest, mayStart: () => boolean) => Promise<SendResult>;
  readonly reach: Reach;
}

/** The receiver took the request: what became of each event, in order. */
export interface Told {
  readonly kind: 'told';
  readonly verdicts: readonly Verdict[];
}

/** One attempt at a delivery, or at several: is it still allowed, may we still send, what did the receiver say. */
export class Attempts {
  readonly #options: AttemptOptions;
  readonly #rights: RightToKnow;
  /** Attempts that wait for a connection. */
  #waiting = 0;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.#rights = new RightToKnow(options);
  }

  /**
   * Asks for the versions while attempts wait for their connection, so that they may begin when they have it. To
   * connect may take longer than a decision stays fresh: name, TCP and TLS are several round trips.
   */
  keepFresh(): void {
    const { freshness, freshMs } = this.#options;
    if (this.#waiting === 0 || monotonic() - freshness.confirmedAt < freshMs / 2) return;
    freshness.renew().catch(() => undefined);
  }

  /** @param attempt 1 for the first */
  async make(course: Course, row: LogRow, attempt: number): Promise<Verdict> {
    return only(await this.#make({ course, rows: [row], attempt }));
  }

  /** One request beside the order of the event's dialog, which it says of itself. */
  async beside(
    course: Course,
    row: LogRow,
    { replay, attempt }: { readonly replay: Replay; readonly attempt: number },
  ): Promise<Verdict> {
    return only(await this.#make({ course, rows: [row], attempt, replay }));
  }

  /** One request for all of these events but those that are withheld; events of one dialog are in their order. */
  async makeBatch(course: Course, rows: readonly LogRow[]): Promise<Told | Verdict> {
    return this.#make({ course, rows, attempt: 1 });
  }

  async #make(asked: Omit<AttemptToMake, 'trace'>): Promise<Told | Verdict> {
    const { course, rows, attempt } = asked;
    const parent = rows.length === 1 ? (rows[0]?.trace ?? null) : null;
    const span = startSpan('deliver event', { kind: 'client', parent });
    const told = await this.#decideAndTell({ ...asked, trace: span?.traceparent ?? parent });
    span?.end(asSpan(course, rows, { attempt, told }));
    return told;
  }

  async #decideAndTell(making: AttemptToMake): Promise<Told | Verdict> {
    const { course, rows } = making;
    const decided = await this.#decide(course, rows);
    if ('kind' in decided) return decided;
    const permitted = rows.filter((_, index) => decided[index]?.permitted);
    const sent = permitted.length > 0 ? await this.#tell({ ...making, rows: permitted }, decided) : undefined;
    if (sent && sent.kind !== 'delivered') return sent;
    const verdictOf = ({ permitted: isPermitted, because }: AccessDecision): Verdict =>
      isPermitted && sent ? sent : { kind: 'withheld', cause: toCause(because) };
    return { kind: 'told', verdicts: decided.map(verdictOf) };
  }

  async #tell(making: AttemptToMake, decided: readonly AccessDecision[]): Promise<Verdict> {
    const { access, cursorOf, detailsOf, watermarkOf } = this.#options;
    const { course, rows, attempt, trace, replay } = making;
    const { version } = access;
    const sign = this.#signer(course);
    if (!sign) return { kind: 'undecided', cause: 'its webhook secret cannot be opened' };
    const request = buildRequest({
      ...{ subscription: course.subscription, rows, attempt, cursorOf, trace, sign, replay },
      watermark: watermarkOf(course),
      missing: replay ? undefined : detailsOf(course).missing.get(course.orderKeyOf(rows[0]!)),
    });
    const validUntil = validity(decided);
    return this.#send(course, request, () => {
      const now = monotonic();
      const isDecided = version === access.version && this.#isFresh() && now <= validUntil;
      return isDecided && letsThrough(course.health, now);
    });
  }

  /** Sends a handshake; no event, so nobody's rights are asked. */
  async handshake(course: Course, event: { id: string; source: string }): Promise<Verdict> {
    const sign = this.#signer(course);
    if (!sign) return { kind: 'not-started' };
    return this.#send(course, buildHandshake(course.subscription, event, sign), () => true);
  }

  /** Whether the subscription may know of each event, as of a moment ago; else what the attempt comes to. */
  async #decide(course: Course, rows: readonly LogRow[]): Promise<Verdict | readonly AccessDecision[]> {
    const { freshness, reach } = this.#options;
    try {
      if (!this.#isFresh()) await freshness.renew();
    } catch {
      // Our own database, not the decision point: nothing is known that could be written down, let alone parked.
      return { kind: 'not-started' };
    }
    try {
      reach('before-decision');
      return await this.#rights.decide(course.subscription, rows);
    } catch (thrown) {
      return { kind: 'undecided', cause: toCause(toError(thrown).message) };
    }
  }

  async #send(course: Course, request: DeliveryRequest, mayBegin: () => boolean): Promise<Verdict> {
    const { send, reach } = this.#options;
    let waits = true;
    const stopsWaiting = () => {
      if (waits) this.#waiting--;
      waits = false;
    };
    this.#waiting++;
    const result = await send(course.subscription.endpoint, request, () => {
      stopsWaiting();
      reach('before-send');
      return this.#isWanted(course) && mayBegin();
    });
    stopsWaiting();
    reach('after-answer');
    return judge(result);
  }

  /** Standard Webhooks headers, stamped with the time of this attempt; undefined when nothing can sign. */
  #signer(course: Course): Sign | undefined {
    const secrets = this.#options.signers.of(course);
    const timestamp = Math.floor(wallClock() / 1000);
    return secrets.length === 0 ? undefined : (id, body) => signedHeaders({ id, body, secrets, timestamp });
  }

  /** The last look before bytes are written: nothing is awaited after it. */
  #isWanted({ ended, subscription }: Course): boolean {
    const { state, deleted } = subscription;
    return !ended && !deleted && state === 'active' && this.#options.isLeased(monotonic());
  }

  #isFresh(): boolean {
    const { freshness, freshMs } = this.#options;
    return monotonic() - freshness.confirmedAt <= freshMs;
  }
}

interface AttemptToMake {
  readonly course: Course;
  readonly rows: readonly LogRow[];
  readonly attempt: number;
  readonly trace: string | null;
  readonly replay?: Replay | undefined;
}

/** What became of the one event that was sent. */
function only(outcome: Told | Verdict): Verdict {
  return outcome.kind === 'told' ? outcome.verdicts[0]! : outcome;
}

/** Until when all of it may be acted upon. */
function validity(decided: readonly AccessDecision[]): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const { validUntil = earliest } of decided) earliest = Math.min(earliest, validUntil);
  return earliest;
}

/** Neither the address nor the party: both may name a person. */
function asSpan(
  { subscription }: Course,
  rows: readonly LogRow[],
  { attempt, told }: { readonly attempt: number; readonly told: Told | Verdict },
): SpanResult {
  const verdict = told.kind === 'told' ? strongest(told) : told;
  const status = verdict && 'status' in verdict ? verdict.status : undefined;
  const [row] = rows;
  return {
    attributes: {
      ...(row && rows.length === 1
        ? { 'cloudevents.event_id': row.id, 'cloudevents.event_type': row.type }
        : { 'budstikka.batch': rows.length }),
      'budstikka.subscription': subscription.id,
      'budstikka.attempt': attempt,
      'budstikka.outcome': verdict?.kind ?? told.kind,
      ...(status !== undefined && { 'http.response.status_code': status }),
    },
    failed: verdict?.kind === 'failed' || verdict?.kind === 'undecided',
  };
}

/** What the receiver said, when anything was sent. */
function strongest({ verdicts }: Told): Verdict | undefined {
  return verdicts.find(({ kind }) => kind === 'delivered') ?? verdicts[0];
}
