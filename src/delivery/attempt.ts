import type { AccessQuestion, DecisionPoint } from '../access/ports.ts';
import type { LogRow } from '../events/event.ts';
import type { Reach } from '../lib/failpoint.ts';
import { toError } from '../lib/errors.ts';
import { monotonic, wallClock } from '../lib/time.ts';
import type { SendResult } from '../outbound/send-result.ts';
import { signedHeaders, type WebhookSecret } from '../outbound/standard-webhooks.ts';
import { isAppResource, type Subscription } from '../subscriptions/subscription.ts';
import type { Course } from './course.ts';
import { buildRequest, type DeliveryRequest } from './request.ts';
import { judge, type Verdict } from './verdict.ts';
import type { CourseDetails } from './roster.ts';

/** What decisions rest on, and since when it is known to be current. */
export interface Freshness {
  /** Monotonic milliseconds at which the versions were last known to be current. */
  readonly confirmedAt: number;
  /** Asks the database for the versions and takes in what has changed. Rejects when it cannot be asked. */
  renew(): Promise<void>;
}

export interface AttemptOptions {
  readonly decisions: DecisionPoint;
  readonly freshness: Freshness;
  /** Decisions older than so many milliseconds are not acted upon. */
  readonly freshMs: number;
  readonly isLeased: (now: number) => boolean;
  readonly detailsOf: (course: Course) => CourseDetails;
  readonly cursorOf: (position: number) => string;
  /** Sends to a stranger; calls `mayStart` immediately before the first byte is written. Never rejects. */
  readonly send: (url: string, request: DeliveryRequest, mayStart: () => boolean) => Promise<SendResult>;
  readonly reach: Reach;
}

/** One attempt at one delivery: is it still allowed, may we still send, what did the receiver say. */
export class Attempts {
  readonly #options: AttemptOptions;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  /** @param attempt 1 for the first */
  async make(course: Course, row: LogRow, attempt: number): Promise<Verdict> {
    const { reach, send, cursorOf, detailsOf } = this.#options;
    const withheld = await this.#withheld(course, row);
    if (withheld) return withheld;
    const { secrets, missing } = detailsOf(course);
    const request = buildRequest({
      subscription: course.subscription.id,
      row,
      attempt,
      cursor: cursorOf(row.position),
      missing: missing.get(course.orderKeyOf(row)),
      sign: (id, body) => sign(secrets, id, body),
    });
    const result = await send(course.subscription.endpoint, request, () => {
      reach('before-send');
      return this.#mayStart(course);
    });
    reach('after-answer');
    return judge(result);
  }

  /** Sends a handshake; no event, so nobody's rights are asked. */
  async handshake(course: Course, id: string, body: string): Promise<Verdict> {
    const { send, detailsOf, isLeased } = this.#options;
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Budstikka',
      'budstikka-subscription': String(course.subscription.id),
      ...sign(detailsOf(course).secrets, id, body),
    };
    return judge(
      await send(
        course.subscription.endpoint,
        { headers, body },
        () => !course.ended && isLeased(monotonic()),
      ),
    );
  }

  /** Undefined when the subscription may know of the event, as of a moment ago. */
  async #withheld(course: Course, row: LogRow): Promise<Verdict | undefined> {
    const { decisions, freshness, freshMs, reach } = this.#options;
    try {
      if (monotonic() - freshness.confirmedAt > freshMs) await freshness.renew();
      reach('before-decision');
      const [decision] = await decisions.decide([deliveryQuestion(course.subscription, row)]);
      if (decision?.permitted) return undefined;
      return { kind: 'withheld', cause: decision?.because ?? 'no decision' };
    } catch (thrown) {
      return { kind: 'undecided', cause: toError(thrown).message };
    }
  }

  /** The last look before bytes are written: nothing is awaited after it. */
  #mayStart(course: Course): boolean {
    const { freshness, freshMs, isLeased } = this.#options;
    const now = monotonic();
    const { state, deleted } = course.subscription;
    const isWanted = !course.ended && !deleted && state === 'active';
    return isWanted && isLeased(now) && now - freshness.confirmedAt <= freshMs;
  }
}

/** Standard Webhooks headers, stamped with the time of this attempt. */
function sign(secrets: readonly WebhookSecret[], id: string, body: string): Record<string, string> {
  return signedHeaders({ id, body, secrets, timestamp: Math.floor(wallClock() / 1000) });
}

/** The question that handing over an event asks: of whoever made the subscription, about the event's own subject. */
export function deliveryQuestion(subscription: Subscription, row: LogRow): AccessQuestion {
  const isApp = isAppResource(row.resource);
  return {
    identity: subscription.identity,
    action: isApp ? 'read' : 'subscribe',
    resource: row.resource,
    instance: row.resourceInstance ?? undefined,
    party: row.subject ?? undefined,
    attributes: isApp ? [['urn:altinn:appresource', 'events']] : [['urn:altinn:eventtype', row.type]],
  };
}
