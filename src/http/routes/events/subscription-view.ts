import type { Subscription } from '../../../subscriptions/subscription.ts';

/** A subscription as Altinn Events shows it; what is not set is left out. `format`, `signing`
 * and `secret` are ours, the last one shown once. */
export function viewSubscription(subscription: Subscription, secret?: string): Record<string, unknown> {
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
    secret,
  };
  return Object.fromEntries(
    Object.entries(view).filter(([, value]) => value !== null && value !== undefined),
  );
}
