import { randomUUID } from 'node:crypto';
import type { Bus } from '../../src/bus/hints.ts';
import type { Database } from '../../src/db/database.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { append, appendAndCommit } from '../../src/events/queries.ts';
import { pause } from '../../src/lib/time.ts';
import type { Random } from '../stress/random.ts';
import type { Fleet } from './fleet.ts';
import type { Ledger } from './ledger.ts';
import { GRANTED_PARTY, PARTY, RESOURCE } from './registry.ts';
import { OWNER } from './subscribers.ts';

export interface WritersOptions {
  readonly fleet: Fleet;
  readonly database: Database;
  readonly bus: Bus;
  readonly ledger: Ledger;
  readonly random: Random;
  /** Goes into the names of dialogs, so that each round has its own. */
  readonly round: number;
  readonly signal: AbortSignal;
}

/** Mean milliseconds between two publications of one writer. */
const PACE = { append: 60, events: 90, dialogs: 150 };
const DIALOGS = 6;
/** Of the dialog with this name, the refusing endpoint never takes the first event. */
export const POISON = 'poison';
const TYPE = 'no.example.chaos.happened.v1';

/** Publishes in every way there is, at all times, until the signal. What was answered with yes stands in the ledger. */
export async function runWriters(options: WritersOptions): Promise<void> {
  await Promise.all([
    repeat(options, 'append', () => appendSome(options)),
    repeat(options, 'events', () => publishOne(options)),
    writeDialogs(options),
  ]);
}

/** What goes wrong because the other side is gone is no publication, and nothing else. */
async function repeat(
  { random, signal }: WritersOptions,
  via: keyof typeof PACE,
  write: () => Promise<unknown>,
): Promise<void> {
  while (!signal.aborted) {
    await pause(2 * PACE[via] * random.next(), signal);
    if (!signal.aborted) await write().catch(() => undefined);
  }
}

/** One to four events of one dialog in a transaction; some in two appends; the hint comes from outside, as it would. */
async function appendSome(options: WritersOptions): Promise<void> {
  const { database, bus, ledger, random, round } = options;
  const dialog = `${round}-a${random.below(DIALOGS)}`;
  const events = Array.from({ length: 1 + random.below(4) }, () => eventOf(dialog, random.chance(0.3)));
  const first = random.chance(0.2) ? events.slice(0, 1) : [];
  await database.transaction(async (transaction) => {
    if (first.length > 0) await append(transaction, first.map(draftOf));
    await appendAndCommit(transaction, events.slice(first.length).map(draftOf));
  });
  bus.grown();
  ledger.write({ kind: 'published', via: 'append', dialog, events: events.map(({ id }) => id) });
}

async function publishOne({ fleet, ledger, random, round }: WritersOptions): Promise<void> {
  const dialog = random.chance(0.15) ? `${round}-${POISON}` : `${round}-e${random.below(DIALOGS)}`;
  const event = eventOf(dialog, random.chance(0.3));
  const answer = await fleet.pick(random)?.api.ask(OWNER, {
    ...{ method: 'POST', path: '/events/api/v1/events', mediaType: 'application/cloudevents+json' },
    body: event,
  });
  if (answer?.status !== 200) return;
  ledger.write({ kind: 'published', via: 'events', dialog, events: [event.id] });
}

/** Makes a dialog at any process and changes it at any other. */
async function writeDialogs(options: WritersOptions): Promise<void> {
  const { fleet, ledger, random } = options;
  const path = '/dialogporten/api/v1/serviceowner/dialogs';
  const dialogs: string[] = [];
  const ask = (method: string, at: string, body: unknown) =>
    fleet.pick(random)?.api.ask(OWNER, { method, path: at, body });
  await repeat(options, 'dialogs', async () => {
    const known = dialogs[random.below(2 * DIALOGS)];
    // Another each time: a change that changes nothing is no event.
    const externalReference = randomUUID();
    const answer = await (known === undefined
      ? ask('POST', path, { serviceResource: RESOURCE, party: PARTY, externalReference, content: CONTENT })
      : ask('PATCH', `${path}/${known}`, [
          { op: 'add', path: '/externalReference', value: externalReference },
        ]));
    if (!answer || answer.status >= 300) return;
    const dialog = known ?? String(answer.body);
    if (known === undefined) dialogs.push(dialog);
    ledger.write({ kind: 'published', via: 'dialogs', dialog, events: [] });
  });
}

const CONTENT = { title: { value: [{ languageCode: 'nb', value: 'Uro' }] } };

interface OutsideEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly resource: string;
  readonly resourceinstance: string;
  readonly subject: string;
}

function eventOf(dialog: string, isGranted: boolean): OutsideEvent {
  return {
    ...{ specversion: '1.0', id: randomUUID(), type: TYPE, source: 'https://example.com/chaos' },
    ...{ resource: RESOURCE, resourceinstance: dialog, subject: isGranted ? GRANTED_PARTY : PARTY },
  };
}

function draftOf(event: OutsideEvent): EventDraft {
  const { id, type, source, resource, subject } = event;
  return {
    ...{ audience: 'all', owner: '991825827', change: null, dialogSequence: null },
    ...{ id, type, source, resource, subject, time: null, trace: null },
    ...{ resourceInstance: event.resourceinstance, bytes: JSON.stringify(event) },
  };
}
