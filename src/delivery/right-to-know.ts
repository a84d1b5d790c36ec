import { isDeepStrictEqual } from 'node:util';
import type { AccessDecision, AccessQuestion, DecisionPoint, Identity } from '../access/ports.ts';
import type { LogRow } from '../events/event.ts';
import { isAppResource, type Subscription } from '../subscriptions/subscription.ts';

export interface RightToKnowOptions {
  readonly decisions: DecisionPoint;
  /** What local decisions are computed from. */
  readonly access: { readonly version: number };
}

/** A decision, and all that it was computed from besides the access version. */
interface Computed {
  readonly row: LogRow;
  readonly identity: Identity;
  readonly decision: AccessDecision;
}

/** Consumers whose last decision is at hand. */
const CONSUMERS_MOST = 256;

/**
 * Who may know of which events.
 *
 * One event goes to many subscriptions, and some consumers have many of them. To compute again what was computed last
 * for the same consumer, about the very same row and at the same access version, would give the same decision: it is
 * computed once. A decision that was had from elsewhere ages, and is asked for again.
 */
export class RightToKnow {
  readonly #options: RightToKnowOptions;
  #version = Number.NaN;
  readonly #last = new Map<string, Computed>();

  constructor(options: RightToKnowOptions) {
    this.#options = options;
  }

  /** What is decided of each row, in order. Rejects when a decision cannot be had. */
  async decide(subscription: Subscription, rows: readonly LogRow[]): Promise<readonly AccessDecision[]> {
    const { decisions, access } = this.#options;
    const { consumer, identity } = subscription;
    const [row] = rows;
    const known = rows.length === 1 && this.#known(subscription, row);
    if (known) return [known];
    const { version } = access;
    const decided = await decisions.decide(rows.map((one) => questionOf(identity, one)));
    const [decision] = decided;
    const isComputed = decision?.validUntil === undefined && version === access.version;
    if (row && decision && isComputed) this.#keep(consumer, { row, identity, decision });
    return rows.map((_, index) => decided[index] ?? { permitted: false, because: 'no decision' });
  }

  #known({ consumer, identity }: Subscription, row: LogRow | undefined): AccessDecision | undefined {
    if (this.#version !== this.#options.access.version) return undefined;
    const last = this.#last.get(consumer);
    return last?.row === row && isDeepStrictEqual(last?.identity, identity) ? last?.decision : undefined;
  }

  #keep(consumer: string, computed: Computed): void {
    const { version } = this.#options.access;
    if (this.#version !== version || this.#last.size >= CONSUMERS_MOST) this.#last.clear();
    this.#version = version;
    this.#last.set(consumer, computed);
  }
}

/** The question that handing over an event asks: of whoever made the subscription, about the event's own subject. */
function questionOf(identity: Identity, row: LogRow): AccessQuestion {
  const isApp = isAppResource(row.resource);
  return {
    identity,
    action: isApp ? 'read' : 'subscribe',
    resource: row.resource,
    instance: row.resourceInstance ?? undefined,
    party: row.subject ?? undefined,
    attributes: isApp ? [['urn:altinn:appresource', 'events']] : [['urn:altinn:eventtype', row.type]],
  };
}
