import type { Receiver } from '../../test/support/receiver.ts';
import { until } from '../../test/support/until.ts';
import type { Caller } from './caller.ts';

/** An event as it arrived. */
export interface Notice {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly resource: string;
  /** The dialog. */
  readonly resourceinstance: string;
  readonly dialogsequence: number;
  readonly data?: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds at which the request's head was there. */
  readonly at: number;
}

/** Filters of a subscription (Altinn Events). */
export interface Filter {
  readonly resourceFilter: string;
  readonly subjectFilter?: string;
  readonly typeFilter?: string;
}

export interface InboxOptions {
  readonly receiver: Receiver;
  readonly subscriber: Caller;
  /** An address of its own at the receiver. */
  readonly path: string;
  /** Milliseconds that something may take to arrive. */
  readonly patience: number;
}

const SUBSCRIPTIONS = '/events/api/v1/subscriptions';

/** The published type of a short name: `created`, `activity.closed`. */
export function typeOf(name: string): string {
  return `dialogporten.dialog.${name}.v1`;
}

/** A subscription with a receiver behind it. Disposal ends the subscription. */
export class Inbox implements AsyncDisposable {
  readonly #options: InboxOptions;
  readonly #subscription: number;

  constructor(options: InboxOptions, subscription: number) {
    this.#options = options;
    this.#subscription = subscription;
  }

  /** Subscribes, and waits until the endpoint has been validated. */
  static async open(options: InboxOptions, filter: Filter): Promise<Inbox> {
    const { receiver, subscriber, path, patience } = options;
    const body = { endPoint: receiver.url(path), ...filter };
    const { body: made } = await subscriber.must('POST', SUBSCRIPTIONS, { body });
    const { id } = made as { id: number };
    const isValidated = async () => {
      const read = await subscriber.must('GET', `${SUBSCRIPTIONS}/${id}`);
      return (read.body as { validated: boolean }).validated;
    };
    await until('the endpoint was validated', isValidated, { timeout: patience });
    return new Inbox(options, id);
  }

  /** Its id at the platform. */
  get subscription(): number {
    return this.#subscription;
  }

  /** What has arrived about a dialog, in order. */
  about(dialog: string): readonly Notice[] {
    return this.#all().filter(({ resourceinstance }) => resourceinstance === dialog);
  }

  /** What has arrived about anybody but the party. */
  notFor(party: string): readonly Notice[] {
    return this.#all().filter(({ subject }) => subject !== party);
  }

  /** Waits for the event of this short name about the dialog; with a count, for as many of them, and gives the last. */
  async next(name: string, dialog: string, count = 1): Promise<Notice> {
    const ofType = () => this.about(dialog).filter(({ type }) => type === typeOf(name));
    const { patience: timeout } = this.#options;
    return until(`${name} had arrived ${count} times`, () => ofType()[count - 1], { timeout });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.subscriber.must('DELETE', `${SUBSCRIPTIONS}/${this.#subscription}`);
  }

  #all(): readonly Notice[] {
    const { receiver, path } = this.#options;
    const events = receiver.arrivals.filter((arrival) => arrival.path === path);
    const notices = events.map(({ at, body }) => ({ ...(JSON.parse(body) as Notice), at }));
    return notices.filter(({ type }) => type.startsWith('dialogporten.'));
  }
}

/** Asks for a subscription, and gives the status of the answer: for those who expect to be refused. */
export async function tryToSubscribe(subscriber: Caller, filter: Filter): Promise<number> {
  const body = { endPoint: 'http://127.0.0.1:1/nobody', ...filter };
  return (await subscriber.call('POST', SUBSCRIPTIONS, { body })).status;
}
