/** How an event left a subscription's care without waiting any longer. */
export type SettledState = 'delivered' | 'withheld' | 'dead';

/** A row of the delivery log, as long as nothing is written yet. */
export interface LogEntry {
  readonly subscription: number;
  readonly state: 'delivered' | 'withheld' | 'failed' | 'deferred' | 'gone' | 'undecided';
  readonly positions: number[];
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

/** What has become of a dead letter that was sent again. */
export interface Retried {
  readonly subscription: number;
  readonly position: number;
  readonly settled: boolean;
  readonly attempts: number;
  /** Null leaves the one that it has. */
  readonly cause: string | null;
}

/** What has become of one course's deliveries and is not in the database yet. */
export interface Unwritten {
  readonly settled: Record<SettledState, number[]>;
  /** Order keys whose parked entry has changed, or is gone. */
  readonly parked: Set<string>;
  readonly letters: Letter[];
  readonly retried: Retried[];
  readonly entries: LogEntry[];
  /** What is known about the endpoint has changed. */
  health: boolean;
}

/**
 * Keeps what a course has unwritten. It stands with the course, so that it goes with the course when its lane goes to
 * another process: nothing is written in the name of a lane that was lost.
 */
export class Notebook {
  #unwritten = nothingUnwritten();
  /** A flush is under way with what was taken. */
  #isWriting = false;

  /** All of it is in the database. */
  get isEmpty(): boolean {
    const { settled, parked, letters, retried, entries, health } = this.#unwritten;
    const positions = settled.delivered.length + settled.withheld.length + settled.dead.length;
    return (
      !this.#isWriting &&
      !health &&
      positions + parked.size + letters.length + retried.length + entries.length === 0
    );
  }

  /** Dead letters that no flush has taken. */
  get letters(): readonly Letter[] {
    return this.#unwritten.letters;
  }

  /** Dead letters that were sent again, as far as no flush has taken them. */
  get retried(): readonly Retried[] {
    return this.#unwritten.retried;
  }

  settle(position: number, state: SettledState): void {
    this.#unwritten.settled[state].push(position);
  }

  /** Marks a parked entry as changed, or as gone when it is no longer there. */
  touchParked(orderKey: string): void {
    this.#unwritten.parked.add(orderKey);
  }

  /** Marks what is known about the endpoint as changed. */
  touchHealth(): void {
    this.#unwritten.health = true;
  }

  /** An attempt has ended. */
  note(entry: LogEntry): void {
    addEntry(this.#unwritten.entries, entry);
  }

  /** An event is out of attempts. */
  bury(letter: Letter): void {
    this.#unwritten.letters.push(letter);
  }

  /** A dead letter has been sent again. */
  retry(retried: Retried): void {
    this.#unwritten.retried.push(retried);
  }

  /** Takes what has changed since the last flush. */
  take(): Unwritten {
    const taken = this.#unwritten;
    this.#isWriting = true;
    this.#unwritten = nothingUnwritten();
    return taken;
  }

  /** What was taken is in the database. */
  written(): void {
    this.#isWriting = false;
  }

  /** Gives back what a failed flush did not write: it goes before what has come since. */
  giveBack(taken: Unwritten): void {
    const later = this.#unwritten;
    this.#isWriting = false;
    const both = (state: SettledState) => [...taken.settled[state], ...later.settled[state]];
    this.#unwritten = {
      settled: { delivered: both('delivered'), withheld: both('withheld'), dead: both('dead') },
      parked: new Set([...taken.parked, ...later.parked]),
      letters: [...taken.letters, ...later.letters],
      retried: [...taken.retried, ...later.retried],
      entries: [...taken.entries, ...later.entries],
      health: taken.health || later.health,
    };
  }
}

function nothingUnwritten(): Unwritten {
  return {
    settled: { delivered: [], withheld: [], dead: [] },
    ...{ parked: new Set(), letters: [], retried: [], entries: [], health: false },
  };
}

/** Successes share a row, each failure has its own. */
function addEntry(entries: LogEntry[], entry: LogEntry): void {
  const isShared = ({ state, status }: LogEntry) => state === 'delivered' && status === entry.status;
  const shared = isShared(entry) ? entries.find(isShared) : undefined;
  if (shared) shared.positions.push(...entry.positions);
  else entries.push(entry);
}
