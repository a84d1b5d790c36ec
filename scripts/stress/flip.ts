import { openTestServer } from '../../test/support/server.ts';
import { Database } from '../../src/db/database.ts';
import { openLog } from '../../src/lib/log.ts';
import { between, flip } from '../../test/access/flip/flip.ts';
import { completeness, type Ledger, leaks, PROMISE } from '../../test/access/flip/ledger.ts';
import { FRESHNESS, type Guard } from '../../test/access/matrix/guards.ts';
import { withoutGuard } from '../../test/access/matrix/mutants.ts';
import { startSystemProcess } from '../../test/access/system-process.ts';
import { plain } from './log-report.ts';
import { printRows } from './print.ts';
import { describeRun, type ResultRow, type Results } from './results.ts';

export interface FlipStress {
  /** Changes of rights, over both parties. */
  readonly changes: number;
  /** Name of a guard that is taken away, to show that the check would notice. */
  readonly without?: string | undefined;
}

const STOPS = { every: 10_000, for: [1100, 3000] } as const;
/** Every other period is long enough for something to be due in it, on average. */
const PERIODS = [
  [20, 400],
  [1200, 3200],
] as const;

/** Gives and takes two rights, a thousand times, under load and with the process stopped now and then. */
export async function stressFlip({ changes, without }: FlipStress): Promise<Results> {
  await using server = await openTestServer();
  await using sources = await sourcesWithout(without);
  await using system = await startSystemProcess({
    databaseUrl: server.url,
    ...(sources && { root: sources.root }),
  });
  await using database = new Database({
    ...{ url: server.url, maxConnections: 10, applicationName: 'flip' },
    ...{ log: openLog({ level: 'warn' }), connectTimeout: 10_000, statementTimeout: 10_000 },
  });
  const { ledger, watched } = await flip({
    ...{ base: system.base, child: system.child, database, databaseUrl: server.url },
    ...{ changes: changes / 2, stops: STOPS },
    before: () => between(PERIODS[Math.random() < 0.5 ? 0 : 1]),
  });
  const run = { changes, stops: STOPS, periods: PERIODS, ...(without !== undefined && { without }) };
  const rows = [...rowsOf(ledger, watched)];
  printRows(rows);
  return { ...(await describeRun(database)), run, rows };
}

async function sourcesWithout(name: string | undefined) {
  if (name === undefined) return undefined;
  const guard = FRESHNESS.find((one: Guard) => one.name === name);
  if (!guard) throw new RangeError(`--without takes ${FRESHNESS.map((one) => one.name).join(' or ')}`);
  return withoutGuard(guard);
}

function* rowsOf(ledger: Ledger, watched: ReadonlySet<string>): Iterable<ResultRow> {
  const none = (name: string, value: number): ResultRow => ({
    name,
    bar: '0',
    value,
    unit: 'times',
    holds: value === 0,
  });
  const { due, missing } = completeness(ledger, watched, PROMISE);
  const late = leaks(ledger);
  yield plain('changes of rights', ledger.changes.length, 'changes');
  yield plain('events committed', ledger.events.length, 'events');
  yield plain('stops of the process', ledger.stops.length, 'stops');
  yield plain('due, over all channels', due, 'times');
  for (const channel of ['webhook', 'feed', 'live'] as const) {
    const of = (all: readonly { readonly channel: string }[]) =>
      all.filter((one) => one.channel === channel).length;
    yield plain(`told by ${channel}`, of(ledger.told), 'times');
    yield none(`told by ${channel} more than a second after the revocation`, of(late));
    yield none(`due and not told by ${channel}`, of(missing));
  }
  yield { name: 'latest after a revocation', bar: '1000', ...latestAfterRevocation(ledger) };
}

/** How long after the answer to a revocation something was still told, at most. */
function latestAfterRevocation({ changes, told }: Ledger): Pick<ResultRow, 'value' | 'unit' | 'holds'> {
  let latest = 0;
  for (const { party, seen, earliest } of told) {
    const last = changes.findLast((change) => change.party === party && change.asked <= seen);
    if (last?.kind === 'revocation') latest = Math.max(latest, earliest - last.answered);
  }
  const value = Math.round(latest * 10) / 10;
  return { value, unit: 'ms', holds: value <= PROMISE };
}
