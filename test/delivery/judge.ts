import type { IncomingHttpHeaders } from 'node:http';
import type { Published } from './harness.ts';

/** One request that carried an event, as the receiver saw it. */
export interface Entry {
  readonly subscription: number;
  readonly id: string;
  /** Which process sent it: the first is 0, the one that took over from it 1. */
  readonly process: number;
  /** Epoch milliseconds at which all of it was there. */
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: string;
  status: number | undefined;
  answeredAt: number;
}

/** What the database said right after a process was killed, before anybody took over. */
export interface Snapshot {
  /** Whether the next owner of the lane would take the event for settled. */
  isSettled(subscription: number, event: Published): boolean;
}

export interface Evidence {
  readonly subscriptions: readonly number[];
  /** In the order of the log. */
  readonly published: readonly Published[];
  /** In the order of arrival. */
  readonly entries: readonly Entry[];
  /** Dead letters, as `subscription position`. */
  readonly dead: ReadonlySet<string>;
  /** By process. The last one lived on. */
  readonly kills: readonly Snapshot[];
}

type Arrivals = readonly Entry[];

/**
 * What is wrong with it, in sentences; nothing when the promise was kept: every event arrived or is a dead letter, with
 * the bytes that were published; first arrivals of a dialog are in order; and nothing arrived again after the receiver
 * had taken it, but what was in flight when a process was killed: begun, and its outcome not committed.
 */
export function judge(evidence: Evidence): string[] {
  const findings: string[] = [];
  for (const subscription of evidence.subscriptions) {
    const arrivals = groupBy(
      evidence.entries.filter((entry) => entry.subscription === subscription),
      (entry) => entry.id,
    );
    for (const event of evidence.published) {
      const of = arrivals.get(event.id) ?? [];
      const fault =
        lost(evidence, { subscription, event, of }) ??
        altered(event, of) ??
        repeated(evidence, { subscription, event, of });
      if (fault) findings.push(`event ${event.position} to ${subscription}: ${fault}`);
    }
    findings.push(...disorder(evidence.published, arrivals).map((one) => `to ${subscription}: ${one}`));
  }
  return findings;
}

interface Case {
  readonly subscription: number;
  readonly event: Published;
  readonly of: Arrivals;
}

function lost({ dead }: Evidence, { subscription, event, of }: Case): string | undefined {
  const isDead = dead.has(`${subscription} ${event.position}`);
  if (isDead && of.some(isTaken)) return 'dead, although it was taken';
  return isDead || of.some(isTaken) ? undefined : `lost after ${of.length} arrivals`;
}

function altered(event: Published, of: Arrivals): string | undefined {
  if (of.some((entry) => entry.bytes !== event.bytes)) return 'arrived with other bytes';
  const isSigned = ({ headers }: Entry) =>
    headers['webhook-id'] === event.id && String(headers['webhook-signature']).startsWith('v1,');
  return of.every(isSigned) ? undefined : 'arrived without its signature';
}

function repeated({ kills }: Evidence, { subscription, event, of }: Case): string | undefined {
  for (const [index, entry] of of.entries()) {
    const earlier = of[index - 1];
    if (!earlier) continue;
    if (earlier.process === entry.process && earlier.answeredAt > entry.at) return 'sent twice at once';
    const taken = of.slice(0, index).findLast(isTaken);
    if (!taken) continue;
    const between = kills.slice(taken.process, entry.process);
    if (between.some((kill) => !kill.isSettled(subscription, event))) continue;
    return `sent by ${entry.process} after ${taken.process} had settled it`;
  }
  return undefined;
}

function isTaken({ status }: Entry): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

/** Events that first arrived before an earlier one of their dialog. */
function disorder(published: readonly Published[], arrivals: ReadonlyMap<string, Arrivals>): string[] {
  const firsts = new Map([...arrivals.values()].map(([first]) => [first!.id, first!.at]));
  const faults: string[] = [];
  for (const events of groupBy(published, (event) => event.dialog).values()) {
    let latest = { at: 0, position: 0 };
    for (const { id, position } of events) {
      const at = firsts.get(id);
      if (at === undefined) continue;
      if (at < latest.at) faults.push(`event ${position} first arrived before ${latest.position}`);
      else latest = { at, position };
    }
  }
  return faults;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
