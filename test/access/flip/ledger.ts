/**
 * What happened while rights came and went, all on one clock (monotonic milliseconds of the process that watches), and
 * the two ways in which it can be wrong.
 */
export interface Ledger {
  readonly changes: Change[];
  readonly events: PublishedEvent[];
  readonly told: Told[];
  readonly stops: Stop[];
}

/** A right to a party was given or taken: when that was asked for and when it was answered. */
export interface Change {
  readonly party: string;
  readonly kind: 'grant' | 'revocation';
  readonly asked: number;
  readonly answered: number;
}

export interface PublishedEvent {
  readonly id: string;
  readonly party: string;
  readonly dialog: string;
  /** Before its transaction, and when the COMMIT had returned. */
  readonly begun: number;
  readonly committed: number;
}

export type Channel = 'webhook' | 'feed' | 'live';

/** Something that was told. On the live channel it names a dialog, on the others an event. */
export interface Told {
  readonly channel: Channel;
  readonly party: string;
  readonly id: string;
  /** When it was seen, and before which moment it cannot have come: the watcher was looking elsewhere until then. */
  readonly seen: number;
  readonly earliest: number;
}

/** The system stood still. */
export interface Stop {
  readonly from: number;
  readonly to: number;
}

/** Milliseconds within which a change of rights has to have its effect. */
export const PROMISE = 1000;

/** Milliseconds in which the system, once it goes on, has made up for standing still. */
const RECOVERY = 1000;

/** What was told more than a second after the right had been taken, and before anybody asked to give it back. */
export function leaks({ changes, told }: Ledger): Told[] {
  const lastBefore = lookup(changes);
  return told.filter(({ party, seen, earliest }) => {
    const last = lastBefore(party, seen);
    return last?.kind === 'revocation' && last.answered + PROMISE < earliest;
  });
}

export interface Missing {
  readonly channel: Channel;
  readonly event: PublishedEvent;
}

/** How sure the ledger is. */
export interface Completeness {
  /** Events that had to arrive, on each channel that they concern. */
  readonly due: number;
  readonly missing: readonly Missing[];
}

/**
 * What was committed more than a second after a grant, and `inTime` milliseconds before anybody asked to take it back,
 * and was not told. While the system stands still nothing is due; when it goes on it has some time to make up for it.
 *
 * @param watched dialogs that have a live stream
 */
export function completeness(ledger: Ledger, watched: ReadonlySet<string>, inTime: number): Completeness {
  const isCertain = certainty(ledger, inTime);
  const certain = ledger.events.filter(isCertain);
  const byEvent = new Set(ledger.told.map(({ channel, id }) => `${channel} ${id}`));
  const ofDialog = timesByDialog(ledger.told);
  const missing: Missing[] = [];
  let due = 0;
  for (const event of certain) {
    const channels: Channel[] = watched.has(event.dialog) ? ['webhook', 'feed', 'live'] : ['webhook', 'feed'];
    for (const channel of channels) {
      due++;
      const isTold =
        channel === 'live'
          ? (ofDialog.get(event.dialog) ?? []).some(
              (at) => at >= event.begun && at <= deadline(ledger, event, inTime),
            )
          : byEvent.has(`${channel} ${event.id}`);
      if (!isTold) missing.push({ channel, event });
    }
  }
  return { due, missing };
}

/** Whether the right stood, beyond doubt, from a second before the event until it had to have arrived. */
function certainty(ledger: Ledger, inTime: number): (event: PublishedEvent) => boolean {
  const lastBefore = lookup(ledger.changes);
  return (event) => {
    const { party, begun } = event;
    const end = deadline(ledger, event, inTime);
    const last = lastBefore(party, end);
    return last?.kind === 'grant' && last.answered + PROMISE <= begun;
  };
}

function deadline({ stops }: Ledger, { committed }: PublishedEvent, inTime: number): number {
  let end = committed + inTime;
  for (const { from, to } of stops)
    if (from <= end && to + RECOVERY > committed) end = to + RECOVERY + inTime;
  return end;
}

/** The last change of a party that had been asked for by then. */
function lookup(changes: readonly Change[]): (party: string, at: number) => Change | undefined {
  const byParty = new Map<string, Change[]>();
  for (const change of changes) {
    const list = byParty.get(change.party) ?? [];
    byParty.set(change.party, list);
    list.push(change);
  }
  return (party, at) => (byParty.get(party) ?? []).findLast(({ asked }) => asked <= at);
}

function timesByDialog(told: readonly Told[]): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const { channel, id, seen } of told) {
    if (channel !== 'live') continue;
    const list = times.get(id) ?? [];
    times.set(id, list);
    list.push(seen);
  }
  return times;
}
