import pg from 'pg';
import type { EventDraft } from '../../src/events/event.ts';
import { sql } from '../../src/db/database.ts';
import { monotonic, pause } from '../../src/lib/time.ts';
import { RESOURCE } from '../chaos/registry.ts';
import { BacklogEndpoint } from './backlog-endpoint.ts';
import { dialogEvent, idOf, type Progress } from './catching-up.ts';
import { copyEvents } from './copy.ts';
import { plain } from './log-report.ts';
import { openOneProcess, type OneProcess } from './one-process.ts';
import { percentiles } from './percentiles.ts';
import { printRows } from './print.ts';
import { Probe } from './probe.ts';
import { describeRun, type ResultRow, type Results } from './results.ts';
import { logBytes, tableSizes, type TableSize } from './tables.ts';

export interface BacklogOptions {
  readonly events: number;
  /** How many of them are waited for after the recovery. */
  readonly measured: number;
}

const TYPE = 'no.example.backlog.v1';
const PROBE = 'no.example.probe.v1';
/** Rows of one COPY: until it commits, whoever reads the log waits for it. */
const BATCH = 10_000;
const MEASURE_MS = 20_000;
/** What the server does after any filling, done at once: it is not what a backlog costs. */
const CALM = [sql('stress.vacuum', 'VACUUM (ANALYZE) event'), sql('stress.checkpoint', 'CHECKPOINT')];
/** The p99 of others beside a backlog, to theirs without one. */
const MOST = 2;
/** Waits that let nothing run out of attempts meanwhile, and are over soon after the recovery. */
const SCHEDULE = { RETRY_SCHEDULE_S: `5,10,20,${Array<number>(200).fill(20).join(',')}` };
/** Dialogs of one subscription that may be parked. */
const PARKED_MOST = 10_000;
const PATIENCE_MS = 3_600_000;

/**
 * One endpoint is down while the log fills up with events for it; then it comes back. What the others notice, what the
 * backlog costs besides the log itself, and how it flows off.
 */
export async function stressBacklog({ events, measured }: BacklogOptions): Promise<Results> {
  await using house = await openOneProcess(SCHEDULE);
  const endpoint = house.disposals.use(await BacklogEndpoint.start(Math.min(events, measured)));
  const probe = await Probe.open(house, PROBE);
  await house.subscribers.subscribe(endpoint.url, { typeFilter: TYPE });
  const baseline = await probe.measure(AbortSignal.timeout(MEASURE_MS));
  await endpoint.say('leave');
  const before = await tableSizes(house.database);
  const filled = await fill(house, events);
  for (const statement of CALM) await house.database.query(statement);
  const down = await probe.measure(AbortSignal.timeout(MEASURE_MS));
  const after = await tableSizes(house.database);
  const rows = [
    plain('events that wait', events, 'events'),
    plain('filled in', filled, 's'),
    plain('the log', (await logBytes(house.database)) / 2 ** 20, 'MiB'),
    ...sizeRows(before, after),
    ...normalRows(baseline),
    ...latencyRows('with the backlog', down, baseline),
    ...(await recover({ house, endpoint, probe, baseline })),
  ];
  printRows(rows);
  return { ...(await describeRun(house.database)), run: { events, measured }, rows };
}

/** Gives the seconds that it took. */
async function fill({ url, bus }: OneProcess, events: number): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const began = monotonic();
  for (let from = 0; from < events; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, events - from) }, (_, index) =>
      backlogEvent(from + index),
    );
    await copyEvents(client, batch);
    bus.grown();
  }
  await client.end();
  return Math.round((monotonic() - began) / 1000);
}

/** As a dialog's change tells it: one event of each dialog in turn. */
function backlogEvent(number: number): EventDraft {
  const { dialog, sequence } = dialogEvent(number);
  const [id, instance] = [idOf(number), `backlog-${dialog}`];
  const source = `https://platform.altinn.no/dialogporten/api/v1/enduser/dialogs/${instance}`;
  const subject = 'urn:altinn:organization:identifier-no:310923044';
  const bytes = {
    ...{
      specversion: '1.0',
      id,
      source,
      type: TYPE,
      time: '2026-01-02T03:04:05.1234560Z',
      resource: RESOURCE,
    },
    ...{ resourceinstance: instance, subject, dialogsequence: sequence },
  };
  return {
    ...{ audience: 'all', owner: '991825827', change: sequence, dialogSequence: sequence, type: TYPE },
    ...{ resource: RESOURCE, resourceInstance: instance, subject, source, id, time: bytes.time, trace: null },
    bytes: JSON.stringify(bytes),
  };
}

interface Recovering {
  readonly house: OneProcess;
  readonly endpoint: BacklogEndpoint;
  readonly probe: Probe;
  readonly baseline: readonly number[];
}

/** The others are measured from the first event of the backlog to the last one that is waited for. */
async function recover({ house, endpoint, probe, baseline }: Recovering): Promise<ResultRow[]> {
  await endpoint.say('return');
  const deadline = monotonic() + PATIENCE_MS;
  const reached = async (isThere: (progress: Progress) => boolean) => {
    while (!isThere(await endpoint.say('tell')) && monotonic() < deadline) await pause(100);
  };
  await reached(({ arrived }) => arrived > 0);
  const ended = new AbortController();
  const probing = probe.measure(ended.signal);
  await reached(({ isDone }) => isDone);
  ended.abort();
  const { rows } = await endpoint.say('tell');
  const tables = await tableSizes(house.database);
  return [
    ...rows,
    ...latencyRows('while it catches up', await probing, baseline),
    plain('parked when it was measured', tables.get('parked_dialog')!.rows, 'rows'),
  ];
}

function* sizeRows(
  before: ReadonlyMap<string, TableSize>,
  after: ReadonlyMap<string, TableSize>,
): Iterable<ResultRow> {
  const grown = (name: string, what: keyof TableSize) =>
    (after.get(name)?.[what] ?? 0) - (before.get(name)?.[what] ?? 0);
  const names = [...after.keys()].filter((name) => grown(name, 'rows') !== 0 || grown(name, 'bytes') !== 0);
  for (const name of names) {
    yield plain(`${name}: more rows`, grown(name, 'rows'), 'rows');
    yield plain(`${name}: more bytes`, grown(name, 'bytes') / 1024, 'KiB');
  }
  // The delivery log has a row for each attempt that failed, however much waits.
  const waiting = ['own_position', 'outcome', 'dead_letter', 'parked_dialog'];
  const rows = waiting.reduce((total, name) => total + grown(name, 'rows'), 0);
  const most = PARKED_MOST + waiting.length;
  yield {
    name: 'rows for what waits',
    bar: `at most ${most}`,
    value: rows,
    unit: 'rows',
    holds: rows <= most,
  };
}

function normalRows(baseline: readonly number[]): ResultRow[] {
  const { p50, p99 } = percentiles(baseline);
  return [
    plain('others with nothing down, p50', p50, 'ms'),
    plain('others with nothing down, p99', p99, 'ms'),
  ];
}

function latencyRows(when: string, then: readonly number[], baseline: readonly number[]): ResultRow[] {
  const { p50, p99 } = percentiles(then);
  const ratio = p99 / percentiles(baseline).p99;
  return [
    plain(`others ${when}, p50`, p50, 'ms'),
    plain(`others ${when}, p99`, p99, 'ms'),
    {
      name: `others ${when}, p99, to nothing down`,
      ...{ bar: `at most ${MOST}`, value: ratio, unit: '×', holds: ratio <= MOST },
    },
  ];
}
