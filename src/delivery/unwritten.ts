/** How an event left a subscription's care without waiting any longer. */
export type SettledState = 'delivered' | 'withheld' | 'dead';

/** A row of the delivery log. */
export interface LogEntry {
  readonly subscription: number;
  readonly state: 'delivered' | 'withheld' | 'failed' | 'deferred' | 'gone' | 'undecided';
  readonly positions: readonly number[];
  /** 0 for a batch, when it was not taken. */
  readonly attempt: number;
  readonly status: number | null;
  readonly cause: string | null;
  readonly milliseconds: number;
}

/** A row of `dead_letter`. */
export interface Letter {
  readonly subscription: number;
  readonly order_key: string;
  readonly position: number;
  readonly event_id: string;
  readonly type: string;
  readonly resource: string;
  readonly resource_instance: string | null;
  readonly bytes: string;
  readonly attempts: number;
  readonly cause: string;
}

/**
 * What has become of one course's deliveries and is not in the database yet. It stands with the course, so that it
 * goes with the course when its lane goes to another process: nothing is written in the name of a lane that was lost.
 */
export interface Unwritten {
  readonly settled: Record<SettledState, number[]>;
  /** Order keys whose parked entry has changed, or is gone. */
  readonly parked: Set<string>;
  readonly letters: Letter[];
  readonly entries: LogEntry[];
  /** What is known about the endpoint has changed. */
  health: boolean;
}

export function nothingUnwritten(): Unwritten {
  return {
    settled: { delivered: [], withheld: [], dead: [] },
    parked: new Set(),
    letters: [],
    entries: [],
    health: false,
  };
}

export function isNothing({ settled, parked, letters, entries, health }: Unwritten): boolean {
  const count = settled.delivered.length + settled.withheld.length + settled.dead.length;
  return !health && count + parked.size + letters.length + entries.length === 0;
}

/** What a flush did not write, before what has come since. */
export function joinUnwritten(earlier: Unwritten, later: Unwritten): Unwritten {
  const both = (state: SettledState) => [...earlier.settled[state], ...later.settled[state]];
  return {
    settled: { delivered: both('delivered'), withheld: both('withheld'), dead: both('dead') },
    parked: new Set([...earlier.parked, ...later.parked]),
    letters: [...earlier.letters, ...later.letters],
    entries: [...earlier.entries, ...later.entries],
    health: earlier.health || later.health,
  };
}
