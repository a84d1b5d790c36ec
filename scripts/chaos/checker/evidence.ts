import { readFile } from 'node:fs/promises';
import type {
  ArrivalLine,
  ChangeLine,
  FaultLine,
  Line,
  PublishedLine,
  RoundLine,
  SubscriptionLine,
} from '../ledger.ts';
import { readRows, type Rows } from './rows.ts';

/** What the receivers and those who asked wrote down, and what the database holds. */
export interface Evidence extends Rows {
  readonly round: RoundLine;
  readonly subscriptions: readonly SubscriptionLine[];
  /** In the order of their heads. */
  readonly arrivals: readonly ArrivalLine[];
  readonly published: readonly PublishedLine[];
  readonly faults: readonly FaultLine[];
  readonly changes: readonly ChangeLine[];
}

/** Reads a ledger and the database whose processes it tells of. */
export async function readEvidence(ledger: string, databaseUrl: string): Promise<Evidence> {
  const text = await readFile(ledger, 'utf8');
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  const of = <Kind extends Line['kind']>(kind: Kind) =>
    lines.filter((line): line is Extract<Line, { kind: Kind }> => line.kind === kind);
  const [round] = of('round');
  if (!round) throw new Error(`${ledger} is not the ledger of a round`);
  return {
    ...(await readRows(databaseUrl, round.from)),
    round,
    subscriptions: of('subscription'),
    arrivals: of('arrival').toSorted((one, other) => one.number - other.number),
    ...{ published: of('published'), faults: of('fault'), changes: of('change') },
  };
}
