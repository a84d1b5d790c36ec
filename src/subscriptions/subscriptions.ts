import { createHash } from 'node:crypto';
import type { AccessQuestion, DecisionPoint, Identity } from '../access/ports.ts';
import { type Database, isDatabaseError, type Transaction } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import { readManner } from './manner.ts';
import * as store from './queries.ts';
import { type RequestRules, readFilter, type SubscriptionRequest } from './request.ts';
import * as secrets from './secret-queries.ts';
import { isAppResource, type Subscription, type SubscriptionFilter } from './subscription.ts';

/** Who calls: the identity of the token, and the consumer it stands for. */
export interface Consumer {
  readonly identity: Identity;
  readonly consumer: string;
  /** Whether the token carries `altinn:events.subscribe`. */
  readonly maySubscribe: boolean;
  /** Whether the token carries `budstikka:admin`. */
  readonly isAdmin?: boolean;
}

export interface SubscriptionsOptions {
  readonly database: Database;
  readonly decisions: DecisionPoint;
  readonly rules: Omit<RequestRules, 'isServiceOwner' | 'maySubscribe'>;
  /** Subscriptions that one consumer may have; 0, or without it, there is no limit. */
  readonly ofConsumerMost?: number;
  /** Makes a signing secret: the text for the subscriber, and what is stored of it. */
  readonly newSecret: (subscription: number) => { text: string; sealed: Uint8Array };
  /** Milliseconds that former secrets sign beside a new one, at most and unless a rotation asks for less. */
  readonly secretOverlapMs: number;
  /** Called when a change has been committed. */
  readonly changed: () => void;
  /** Resolves when no attempt of the subscription begins any more. */
  readonly quiesced: (subscription: { lane: number; version: number }) => Promise<void>;
}

/** How many subscriptions a list shows at most. */
const LIST_MOST = 10_000;
const TRIES_MOST = 20;

/** A subscription, and its secret when it is new. */
interface Made {
  readonly subscription: Subscription;
  readonly secret?: string;
}

/** A new secret, shown once, and when the ones before it end, in wire time. */
export interface Rotated {
  readonly secret: string;
  readonly formerSecretsExpire: string;
}

/** Subscriptions as their consumers see them: made, read and ended. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /**
   * Makes a subscription, or gives the one that is already there, from now on with the identity and in the manner of
   * this request, and starts its handshake anew unless it is validated. The secret is returned once, for a new one.
   *
   * @throws Failure `request-invalid`, `scope-missing`, `not-authorised`, `level-too-low`, `too-many-requests`
   */
  async create(caller: Consumer, request: SubscriptionRequest): Promise<Made> {
    const { identity, consumer, maySubscribe } = caller;
    const isServiceOwner = identity.org !== undefined;
    const filter = await readFilter(request, { ...this.#options.rules, isServiceOwner, maySubscribe });
    const manner = readManner(request);
    await this.#authorise(caller, filter);
    const fingerprint = fingerprintOf(consumer, filter);
    const made = await this.#insert({ ...filter, ...manner, consumer, identity, fingerprint });
    this.#options.changed();
    return made;
  }

  /** @throws Failure `not-found`, then `not-authorised` when somebody else made it */
  async get(caller: Consumer, id: number): Promise<Subscription> {
    return this.see({ ...caller, isAdmin: false }, id);
  }

  /** As `get`, and for administrators whoever made it. */
  async see(caller: Consumer, id: number): Promise<Subscription> {
    const subscription = await store.getSubscription(this.#options.database, id);
    if (!subscription) throw notFound();
    if (!caller.isAdmin && subscription.createdBy !== caller.consumer) {
      throw new Failure('not-authorised', { detail: 'The subscription belongs to another consumer.' });
    }
    return subscription;
  }

  async list(caller: Consumer): Promise<Subscription[]> {
    return store.listSubscriptions(this.#options.database, caller.consumer, LIST_MOST);
  }

  /** Ends a subscription; when this resolves, no attempt of it begins any more. */
  async remove(caller: Consumer, id: number): Promise<void> {
    await this.get(caller, id);
    const removed = await this.#options.database.transaction((transaction) =>
      store.deleteSubscription(transaction, id),
    );
    if (!removed) throw notFound();
    this.#options.changed();
    await this.#options.quiesced(removed);
  }

  /**
   * Makes a new secret; those before it sign beside it for `overlapSeconds`. When this resolves, the new one signs every
   * attempt that begins.
   *
   * @throws Failure `request-invalid`, `not-found`, `not-authorised`, `too-many-requests`
   */
  async rotateSecret(caller: Consumer, id: number, overlapSeconds?: unknown): Promise<Rotated> {
    const { database, newSecret, secretOverlapMs, changed, quiesced } = this.#options;
    const overlapMs = readOverlap(overlapSeconds, secretOverlapMs);
    await this.get(caller, id);
    const { text: secret, sealed } = newSecret(id);
    const former = await database.transaction(async (transaction) => {
      const limited = await secrets.limitSecrets(transaction, id, overlapMs);
      if (!limited) throw notFound();
      if (!(await secrets.insertSecret(transaction, id, sealed))) throw tooManySecrets();
      return limited;
    });
    changed();
    await quiesced(former);
    return { secret, formerSecretsExpire: former.expiresAt };
  }

  async #authorise(caller: Consumer, filter: SubscriptionFilter): Promise<void> {
    const [decision] = await this.#options.decisions.decide([subscribeQuestion(caller.identity, filter)]);
    if (decision?.permitted) return;
    throw new Failure(decision?.levelTooLow ? 'level-too-low' : 'not-authorised', {
      detail: `Not authorized to create a subscription for resource ${filter.resourceFilter}.`,
    });
  }

  /** A twin that comes between our look and our insert, or goes between our look and its update, is met at the next try. */
  async #insert(wanted: store.NewSubscription): Promise<Made> {
    for (let tries = 1; tries <= TRIES_MOST; tries++) {
      const made = await this.#tryToInsert(wanted).catch((thrown: unknown) => {
        if (isDatabaseError(thrown, '23505', 'subscription_twin')) return undefined;
        throw thrown;
      });
      if (made) return made;
    }
    throw new Failure('concurrent-change');
  }

  #tryToInsert(wanted: store.NewSubscription): Promise<Made | undefined> {
    const { database, newSecret, ofConsumerMost } = this.#options;
    return database.transaction(async (transaction) => {
      const { id, isNew } = await store.insertOrFindTwin(transaction, wanted);
      if (isNew && ofConsumerMost) await demandRoom(transaction, wanted.consumer, ofConsumerMost);
      const secret = isNew ? newSecret(id) : undefined;
      if (secret) await secrets.insertSecret(transaction, id, secret.sealed);
      const subscription = await store.getSubscription(transaction, id);
      return subscription && { subscription, ...(secret && { secret: secret.text }) };
    });
  }
}

function readOverlap(seconds: unknown, mostMs: number): number {
  if (seconds === undefined || seconds === null) return mostMs;
  if (Number.isInteger(seconds) && Number(seconds) >= 0 && Number(seconds) * 1000 <= mostMs)
    return Number(seconds) * 1000;
  const fault = `must be a whole number from 0 to ${mostMs / 1000}`;
  throw new Failure('request-invalid', { fields: { overlapSeconds: [fault] } });
}

function tooManySecrets(): Failure {
  return new Failure('too-many-requests', {
    detail: `At most ${secrets.SECRETS_MOST} secrets sign at a time; wait until one has expired, or end the former ones with overlapSeconds 0.`,
  });
}

/** The new subscription counts already. Requests at once may come out a few above the limit. */
async function demandRoom(transaction: Transaction, consumer: string, most: number): Promise<void> {
  if ((await store.countSubscriptions(transaction, consumer)) <= most) return;
  throw new Failure('too-many-requests', {
    detail: `One consumer may have ${most} subscriptions; end one that is no longer needed.`,
  });
}

function notFound(): Failure {
  return new Failure('not-found', { detail: 'There is no such subscription.' });
}

/** The question that creating a subscription asks: `read` on an app's events, `subscribe` on any other resource. */
function subscribeQuestion(identity: Identity, filter: SubscriptionFilter): AccessQuestion {
  const isApp = isAppResource(filter.resourceFilter);
  return {
    identity,
    action: isApp ? 'read' : 'subscribe',
    resource: filter.resourceFilter,
    party: filter.subjectFilter ?? undefined,
    attributes: isApp ? [['urn:altinn:appresource', 'events']] : undefined,
  };
}

/** SHA-256 of everything that makes two subscriptions the same. */
function fingerprintOf(consumer: string, filter: SubscriptionFilter): Uint8Array {
  const tuple = [
    consumer,
    filter.endpoint,
    filter.resourceFilter,
    filter.subjectFilter,
    filter.sourceFilter,
    filter.typeFilter,
    filter.includeSubunits,
  ];
  return createHash('sha256').update(JSON.stringify(tuple)).digest();
}
