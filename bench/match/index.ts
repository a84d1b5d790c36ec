import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ResultRow } from '../../scripts/stress/results.ts';
import type { LogRow } from '../../src/events/event.ts';
import type { Interest } from '../../src/subscriptions/matching.ts';
import { SubscriptionIndex } from '../../src/subscriptions/subscription-index.ts';
import { makeEvent } from '../delivery/stage.ts';
import { median } from '../delivery/numbers.ts';
import { companyOf, CROWD, interestAt, PREFIXED, prefixOf, serviceOf, SHARED, typeOf } from './crowd.ts';

const EVENTS = 20_000;
const ROUNDS = 5;
/** Microseconds of the processor that an event and a match may take. */
const ALLOWED = { event: 5, match: 1 };
const BYTES_MOST = 400;

const KINDS = {
  'that nobody wants': (n: number) =>
    eventOf({ resource: serviceOf(n), subject: companyOf(n + 1), type: typeOf(n) }),
  'of a company': (n: number) => eventOf({ resource: serviceOf(n), subject: companyOf(n), type: typeOf(n) }),
  'on the resource that 10,000 share': (n: number) =>
    eventOf({ resource: SHARED, subject: companyOf(n), type: typeOf(n) }),
  'on the resource with 1,000 prefixes': (n: number) =>
    eventOf({ resource: PREFIXED, subject: companyOf(n), type: `${prefixOf(CROWD.shared + (n % 1000))}.v1` }),
};

/** A million interests in the index: what they weigh, and what it takes to find who wants an event. */
export function measureIndex(): ResultRow[] {
  const { index, lanes, bytes } = fill();
  const rows: ResultRow[] = [
    {
      name: `matching, heap of each of ${CROWD.all} subscriptions`,
      ...{ bar: `at most ${BYTES_MOST}`, value: bytes, unit: 'bytes', holds: bytes <= BYTES_MOST },
    },
  ];
  for (const [kind, eventAt] of Object.entries(KINDS)) rows.push(...measureKind(index, kind, eventAt));
  // Kept until here, so that the heap was measured with them.
  if (lanes.length === 0) throw new Error('there are no lanes');
  return rows;
}

/** As a process that holds every lane has them. */
function fill(): { index: SubscriptionIndex; lanes: Map<number, Interest>[]; bytes: number } {
  const lanes = Array.from({ length: 256 }, () => new Map<number, Interest>());
  const index = new SubscriptionIndex();
  const before = heapUsed();
  for (let number = 0; number < CROWD.all; number++) {
    const interest = index.add(interestAt(number));
    lanes[interest.lane]!.set(interest.id, interest);
  }
  return { index, lanes, bytes: (heapUsed() - before) / CROWD.all };
}

function measureKind(index: SubscriptionIndex, kind: string, eventAt: (n: number) => LogRow): ResultRow[] {
  const rounds = Array.from({ length: ROUNDS + 1 }, (_, round) => {
    // Texts that the index has not seen, as they come from the database.
    const events = Array.from({ length: EVENTS }, (__, n) => eventAt(CROWD.shared * 2 + round * EVENTS + n));
    return matchAll(index, events);
  }).slice(1);
  const perEvent = median(rounds.map(({ micros }) => micros / EVENTS));
  const matches = median(rounds.map((round) => round.matches / EVENTS));
  const share = median(
    rounds.map((round) => round.micros / (ALLOWED.event * EVENTS + ALLOWED.match * round.matches)),
  );
  const none = { bar: null, holds: null };
  return [
    { name: `matching, an event ${kind}`, ...none, value: perEvent, unit: 'CPU-µs' },
    { name: `matching, who wants an event ${kind}`, ...none, value: matches, unit: 'matches' },
    {
      name: `matching, an event ${kind}, to 5 µs and 1 µs for each match`,
      ...{ bar: 'at most 1', value: share, unit: 'ratio', holds: share <= 1 },
    },
  ];
}

function matchAll(index: SubscriptionIndex, events: readonly LogRow[]): { micros: number; matches: number } {
  let matches = 0;
  const found = () => void matches++;
  const began = process.cpuUsage();
  for (const event of events) index.match(event, undefined, found);
  const { user, system } = process.cpuUsage(began);
  return { micros: user + system, matches };
}

function eventOf(more: Pick<LogRow, 'resource' | 'subject' | 'type'>): LogRow {
  return { ...makeEvent('dialog'), position: 1, ...more };
}

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
