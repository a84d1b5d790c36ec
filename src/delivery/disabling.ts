import type { Database, Transaction } from '../db/database.ts';
import { toBytes } from '../events/cloud-event.ts';
import type { EventDraft } from '../events/event.ts';
import { appendAndCommit } from '../events/queries.ts';
import type { Log } from '../lib/log.ts';
import { fromEpoch, wallClock } from '../lib/time.ts';
import type { Subscription } from '../subscriptions/subscription.ts';
import { disableSubscription, markAnnounced } from './breaker-queries.ts';

export interface DisablingOptions {
  readonly database: Database;
  /** Names this process as the owner of lanes. */
  readonly owner: string;
  readonly newId: () => string;
  /** `https://host/events/api/v1/subscriptions/`: the source of these events, before the id. */
  readonly sourceBase: string;
  /** A subscription or the log has changed. */
  readonly changed: () => void;
  readonly log: Log;
}

/** Why a subscription is disabled; stored and shown as its `stateReason`. */
export type DisableReason = 'failing' | 'gone';

/**
 * Disables subscriptions whose endpoint does not come back, and tells their makers: beforehand and when it happens, by
 * an event of ours in the same transaction. It stands on the resource of the subscription, is meant for the
 * organisation that made it and nobody else, and comes to whoever names its type in the feed.
 */
export class Disabling {
  readonly #options: DisablingOptions;

  constructor(options: DisablingOptions) {
    this.#options = options;
  }

  /** Announces once for each outage that the subscription will be disabled at that time (epoch milliseconds). */
  async announce(subscription: Subscription, at: number): Promise<void> {
    const { database, owner } = this.#options;
    await database.transaction(async (transaction) => {
      if (!(await markAnnounced(transaction, subscription.id, owner))) return;
      await this.#tell(transaction, subscription, { word: 'disabling', data: { disabledAt: fromEpoch(at) } });
    });
  }

  /** Disables the subscription, unless it is not ours or not active any more. It keeps its place in the log. */
  async disable(subscription: Subscription, reason: DisableReason): Promise<void> {
    const { database, owner, changed, log } = this.#options;
    const { id } = subscription;
    await database.transaction(async (transaction) => {
      if (!(await disableSubscription(transaction, id, { owner, reason }))) return;
      log.warn({ subscription: id, reason }, 'a subscription has been disabled');
      await this.#tell(transaction, subscription, { word: 'disabled', data: { reason } });
    });
    changed();
  }

  #tell(transaction: Transaction, subscription: Subscription, event: SubscriptionEvent): Promise<unknown> {
    const { newId, sourceBase } = this.#options;
    const draft = draftOf(subscription, event, { id: newId(), source: `${sourceBase}${subscription.id}` });
    return appendAndCommit(transaction, [draft]);
  }
}

interface SubscriptionEvent {
  readonly word: 'disabling' | 'disabled';
  readonly data: Readonly<Record<string, unknown>>;
}

function draftOf(
  { id, endpoint, resourceFilter: resource, subjectFilter: subject, identity }: Subscription,
  { word, data }: SubscriptionEvent,
  named: { readonly id: string; readonly source: string },
): EventDraft {
  const type = `budstikka.subscription.${word}.v1`;
  const time = fromEpoch(wallClock());
  const facts = { subscription: id, endPoint: endpoint, ...data };
  const attributes = { specversion: '1.0', ...named, type, time, resource } as const;
  return {
    // The owner of this row is whoever subscribed. Of a person, who has no number of an organisation, it reaches nobody.
    ...{ audience: 'owner', owner: identity.orgNumber ?? '', change: null, dialogSequence: null, ...named },
    ...{ type, resource, resourceInstance: null, subject, time, trace: null },
    bytes: toBytes({ ...attributes, subject: subject ?? undefined, data: facts }),
  };
}
