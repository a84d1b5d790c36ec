import type { Parked } from '../../src/delivery/parked.ts';
import type { ParkedWrite } from '../../src/delivery/queries.ts';
import type { LogRow } from '../../src/events/event.ts';
import { orderKeyOf, ownOrderKey } from '../../src/events/filter.ts';
import type { Subscription } from '../../src/subscriptions/subscription.ts';

const RESOURCE = 'urn:altinn:resource:test';

/** A page of the log, as `read_log` gives it. */
export interface Page {
  readonly rows: LogRow[];
  readonly next: number;
  readonly more: boolean;
}

/** A log in memory. */
export class ModelLog {
  readonly rows: LogRow[] = [];

  get end(): number {
    return this.rows.at(-1)?.position ?? 0;
  }

  /** Appends an event; numbers are passed over now and then, as rollbacks do. */
  append(event: { readonly dialog: string | null; readonly type: string; readonly gap: number }): void {
    const position = this.end + 1 + event.gap;
    this.rows.push({
      ...{ position, audience: 'all', owner: '991825827', change: null, dialogSequence: null, subject: null },
      ...{ type: event.type, resource: RESOURCE, resourceInstance: event.dialog, source: '', trace: null },
      ...{ id: String(position), bytes: '{}' },
    });
  }

  read(after: number, most: number, isMeant: (row: LogRow) => boolean = () => true): Page {
    const rows = this.rows.filter((row) => row.position > after && isMeant(row));
    const more = rows.length > most;
    return {
      rows: rows.slice(0, most),
      more,
      next: more ? rows[most - 1]!.position : Math.max(after, this.end),
    };
  }

  /** What a retry reads: the dialog from its head on, or the one event that is a dialog of its own. */
  readDialog({ head, orderKey, resourceInstance }: Parked): Page {
    if (resourceInstance !== null) return this.read(head - 1, 2, (row) => orderKeyOf(row) === orderKey);
    const page = this.read(head - 1, 1, (row) => ownOrderKey(row.position) === orderKey);
    return { rows: page.rows, more: false, next: Number.POSITIVE_INFINITY };
  }
}

/** A subscription that is validated and wants this type, or all. */
export function subscriptionTo(
  typeFilter: string | null,
  rest: Pick<Subscription, 'id' | 'lane' | 'ordering'>,
): Subscription {
  return {
    ...{ endpoint: 'http://127.0.0.1/', resourceFilter: RESOURCE, subjectFilter: null, sourceFilter: null },
    ...{ includeSubunits: false, consumer: '/org/ttd', createdBy: '/org/ttd', created: '', typeFilter },
    ...{ identity: { scopes: [], level: 3 }, validated: true, handshakeAttempt: 0, handshakeInMs: null },
    ...{ state: 'active', startPosition: 0, deleted: false, version: 1 },
    ...{ format: 'structured', signing: 'v1', retrySchedule: null },
    ...{ stateReason: null, seek: null, onExhausted: 'continue', recovery: 0 },
    ...rest,
  };
}

/** As a process reads it that takes over: what is held goes on when its letter has been settled. */
export function toParked(row: ParkedWrite, unsettled: ReadonlySet<string>): Parked {
  const held = row.held && unsettled.has(`${row.subscription} ${row.head}`);
  const { order_key: orderKey, resource, resource_instance: resourceInstance, cause } = row;
  const isPassed = row.held && !held;
  const [head, attempt] = isPassed ? [row.head + 1, 0] : [row.head, row.attempt];
  return {
    orderKey,
    resource,
    resourceInstance,
    head,
    attempt,
    cause,
    dueAt: 0,
    draining: false,
    held,
  };
}

/** The one that the number chooses; undefined when there is none. */
export function pick<T>(items: readonly T[], choice: number): T | undefined {
  return items[choice % items.length];
}
