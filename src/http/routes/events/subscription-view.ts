import type { Standing } from '../../../subscriptions/flow.ts';
import type { Replay } from '../../../subscriptions/replays.ts';
import type { Subscription } from '../../../subscriptions/subscription.ts';

/** What is shown on some occasions only. */
export interface ViewMore {
  /** Shown once. */
  readonly secret?: string | undefined;
  readonly delivery?: Standing & { readonly replay?: Replay };
}

/** A subscription as Altinn Events shows it, and behind it what is ours; what is not set is left out. */
export function viewSubscription(subscription: Subscription, more: ViewMore = {}): Record<string, unknown> {
  const view = {
    id: subscription.id,
    endPoint: subscription.endpoint,
    sourceFilter: subscription.sourceFilter,
    resourceFilter: subscription.resourceFilter,
    subjectFilter: subscription.subjectFilter,
    typeFilter: subscription.typeFilter,
    consumer: subscription.consumer,
    createdBy: subscription.createdBy,
    created: subscription.created,
    validated: subscription.validated,
    includeSubunits: subscription.includeSubunits,
    format: subscription.format,
    signing: subscription.signing,
    order: subscription.ordering,
    onExhausted: subscription.onExhausted,
    retrySchedule: subscription.retrySchedule,
    state: subscription.state,
    stateReason: subscription.stateReason,
    ...more,
  };
  return Object.fromEntries(
    Object.entries(view).filter(([, value]) => value !== null && value !== undefined),
  );
}
