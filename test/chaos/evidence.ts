import type { Evidence } from '../../scripts/chaos/checker/evidence.ts';
import type { LogEvent, Takeover } from '../../scripts/chaos/checker/rows.ts';
import { type Way, waysOf } from '../../scripts/chaos/checker/way.ts';
import type { ArrivalLine, ChangeLine, FaultLine, SubscriptionLine } from '../../scripts/chaos/ledger.ts';

const SUBSCRIPTION: SubscriptionLine = {
  ...{ kind: 'subscription', subscription: 1, role: 'steady', resource: 'r', subject: null },
};

/** An event of dialog `d`; its id is `e` and its position. */
function event(position: number, instance = 'd'): LogEvent {
  return {
    position,
    id: `e${position}`,
    type: 'no.example.v1',
    resource: 'r',
    instance,
    subject: null,
    ...{ digest: 'x', sense: 'y' },
    at: position,
  };
}

/** A request with that event, at the time that is its number, taken unless it says otherwise. */
export function arrival(number: number, position: number, more: Partial<ArrivalLine> = {}): ArrivalLine {
  return {
    ...{ kind: 'arrival', number, subscription: 1, event: `e${position}`, attempt: 1, digest: 'x' },
    ...{ at: number, earliest: number, until: number, status: 200, missing: null, manner: 'well' },
    ...more,
  };
}

export function takeover(at: number, more: Partial<Takeover> = {}): Takeover {
  return { at, subscription: 1, position: 0, settled: new Set(), parked: {}, ...more };
}

export function change(what: ChangeLine['what'], at: number): ChangeLine {
  return { kind: 'change', what, subscription: 1, asked: at, answered: at };
}

export function fault(name: string, from: number, to: number, whose: FaultLine['whose'] = 'ours'): FaultLine {
  return { kind: 'fault', whose, name, at: 'process-1', from, to };
}

/** Three events of one dialog and one subscription that should get them; nothing has happened yet. */
export function evidenceOf(more: Partial<Evidence> = {}): Evidence {
  return {
    round: { kind: 'round', number: 1, from: 0 },
    ...{ subscriptions: [SUBSCRIPTION], events: [event(1), event(2), event(3)] },
    ...{ arrivals: [], published: [], faults: [], changes: [], takeovers: [], breaches: [] },
    ...{ letters: new Map(), withheld: new Map(), timedOut: new Set() },
    ...more,
  };
}

/** The ways of the one subscription. */
export function waysIn(evidence: Evidence): readonly Way[] {
  return [...waysOf(evidence).values()].flat();
}

export function as(role: SubscriptionLine['role']): Pick<Evidence, 'subscriptions'> {
  return { subscriptions: [{ ...SUBSCRIPTION, role }] };
}
