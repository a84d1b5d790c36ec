import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { deleteGrant, putGrant } from '../../../src/access/registry/single-changes.ts';
import { createBus } from '../../../src/bus/hints.ts';
import type { Database } from '../../../src/db/database.ts';
import { openNotifyWire } from '../../../src/db/notify.ts';
import { appendAndCommit } from '../../../src/events/queries.ts';
import { openLog } from '../../../src/lib/log.ts';
import { pause } from '../../../src/lib/time.ts';
import { draft } from '../../support/log.ts';
import { Receiver } from '../../support/receiver.ts';
import { readFeed, watchDialog } from './channels.ts';
import { Clock } from './clock.ts';
import type { Ledger } from './ledger.ts';
import { openScene, RESOURCE, READER, type Scene } from './scene.ts';

export interface FlipOptions {
  readonly base: string;
  readonly database: Database;
  readonly databaseUrl: string;
  /** The process that is stopped and continued. */
  readonly child: ChildProcess;
  /** Changes of rights to each party. The last one gives the right. */
  readonly changes: number;
  /** Milliseconds before the change of this number, from 1. */
  readonly before: (change: number) => number;
  /** How often the process is stopped, and for how long, in milliseconds. */
  readonly stops: { readonly every: number; readonly for: readonly [number, number] };
}

const EVENTS_PER_SECOND = 200;
/** Milliseconds after the last event in which everything that is due comes. */
const AFTERWARDS = 3000;

/**
 * One person's rights to two parties come and go, on their own for each, while 200 events a second are committed and
 * told by webhook, feed and live stream, and the process that tells them is stopped now and then. Gives what happened.
 */
export async function flip(options: FlipOptions): Promise<{ ledger: Ledger; watched: ReadonlySet<string> }> {
  const { base, database } = options;
  const ledger: Ledger = { changes: [], events: [], told: [], stops: [] };
  using clock = new Clock();
  await using receiver = await Receiver.open();
  const scene = await openScene({ base, database, receiver, clock, ledger });
  const quiet = new AbortController();
  const ended = new AbortController();
  // Every request listens to it until it is collected.
  setMaxListeners(0, ended.signal);
  const notebook = { clock, told: ledger.told, signal: ended.signal };
  receiver.answer((arrival) => {
    const { id, subject } = JSON.parse(arrival.body) as { id: string; subject: string };
    ledger.told.push({ channel: 'webhook', id, party: subject, ...clock.sighting() });
    return 200;
  });
  const untilEnded = (work: Promise<void>) =>
    work.catch((thrown: unknown) => {
      if (!ended.signal.aborted) throw thrown;
    });
  const all = [
    untilEnded(readFeed({ base, token: scene.token, resource: RESOURCE }, notebook)),
    ...scene.watches.map((watch) => untilEnded(watchDialog(watch, notebook))),
    publish(options, { scene, ledger, clock, signal: quiet.signal }),
    stopNowAndThen(options, { ledger, clock, signal: quiet.signal }),
  ];
  const changed = Promise.all(scene.parties.map((party) => change(options, { party, ledger, clock })));
  // A channel that fails ends the run at once.
  await Promise.race([changed, Promise.all(all)]);
  await pause(options.before(1));
  quiet.abort();
  await pause(AFTERWARDS);
  ended.abort();
  await Promise.all(all);
  return { ledger, watched: new Set(scene.watches.map(({ dialog }) => dialog)) };
}

interface Course {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Commits events at a fixed rate, as another process would; whether their reader may know does not matter to it. */
async function publish(
  { database, databaseUrl: url }: FlipOptions,
  { scene, ledger, clock, signal }: Course & { scene: Scene },
): Promise<void> {
  const log = openLog({ level: 'warn' });
  await using bus = createBus((heard) => openNotifyWire({ url, channel: 'budstikka', log, heard }));
  const began = clock.now();
  const commits: Promise<void>[] = [];
  for (let number = 0; !signal.aborted; number++) {
    await pause(began + (number * 1000) / EVENTS_PER_SECOND - clock.now(), signal);
    const { party, dialog } = scene.dialogs[number % scene.dialogs.length]!;
    commits.push(commit(party, dialog));
  }
  await Promise.all(commits);

  async function commit(party: string, dialog: string): Promise<void> {
    const id = randomUUID();
    const type = 'dialogporten.dialog.updated.v1';
    const bytes = {
      specversion: '1.0',
      id,
      type,
      source: 'https://example.com',
      resource: RESOURCE,
      subject: party,
    };
    const event = draft({
      ...{ id, type, resource: RESOURCE, resourceInstance: dialog, subject: party },
      bytes: JSON.stringify(bytes),
    });
    const begun = clock.now();
    await database.transaction((transaction) => appendAndCommit(transaction, [event]));
    const committed = clock.now();
    bus.grown();
    ledger.events.push({ id, party, dialog, begun, committed });
  }
}

/** Gives and takes the right to one party, and leaves it given. */
async function change(
  { database, changes, before }: FlipOptions,
  { party, ledger, clock }: Omit<Course, 'signal'> & { party: string },
): Promise<void> {
  for (let number = 1; number <= changes; number++) {
    await pause(before(number));
    const kind = number % 2 === 1 && number < changes ? 'revocation' : 'grant';
    const asked = clock.now();
    if (kind === 'grant') await putGrant(database, { to: READER, party, roles: ['DAGL'] }, 'flip');
    else await deleteGrant(database, { recipient: READER, party }, 'flip');
    ledger.changes.push({ party, kind, asked, answered: clock.now() });
  }
}

/** Stops the process and continues it. What it does in between nobody sees; what it does then is judged like the rest. */
async function stopNowAndThen(
  { child, stops }: FlipOptions,
  { ledger, clock, signal }: Course,
): Promise<void> {
  for (;;) {
    await pause(stops.every, signal);
    if (signal.aborted) return;
    const from = clock.now();
    child.kill('SIGSTOP');
    await pause(between(stops.for));
    child.kill('SIGCONT');
    ledger.stops.push({ from, to: clock.now() });
  }
}

export function between([low, high]: readonly [number, number]): number {
  return low + Math.random() * (high - low);
}
