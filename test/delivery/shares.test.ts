import { expect, test } from 'vitest';
import { type Database, sql } from '../../src/db/database.ts';
import { Disposals } from '../../src/lib/disposals.ts';
import { pause } from '../../src/lib/time.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { type EngineUnderTest, openOutside, type Outside, type Published, startEngine } from './harness.ts';
import { judge, type Snapshot } from './judge.ts';
import { type Arriving, Ledger, takeSnapshot } from './ledger.ts';
import { Victim } from './victim.ts';
import { stepsBack, watchPositions } from './watch.ts';

/** Busy machines take their time. */
const PATIENCE = { timeout: 60_000 };
const LIMIT = { timeout: 120_000 };
/** The lease is so long that no process loses it because the machine is busy: what it had in flight would come twice. */
const SETTINGS = { leaseMs: 5000, pollMs: 200 };
const SUBSCRIPTIONS = 6;
const DIALOGS = 5;
const SHARES = sql(
  'test.shares',
  `SELECT count(*)::int AS lanes FROM lane WHERE lease_until > clock_timestamp() GROUP BY owner ORDER BY lanes DESC`,
);
const CLAIMS = sql(
  'test.claims',
  'SELECT count(*)::int AS lanes FROM lane WHERE claim_until > clock_timestamp()',
);
const EPOCHS = sql('test.epochs', 'SELECT sum(epoch)::int AS lanes FROM lane');

async function lanes(database: Database, statement: typeof SHARES): Promise<number[]> {
  return (await database.query<{ lanes: number }>(statement)).map((row) => row.lanes);
}

/** Waits until the processes have so many lanes, the largest share first. */
async function shared(database: Database, shares: readonly number[]): Promise<void> {
  const areSo = async () => String(await lanes(database, SHARES)) === String(shares);
  await until(`the shares are ${shares.join(', ')}`, areSo, PATIENCE);
}

const openLedger = () =>
  Ledger.open(
    Object.fromEntries(
      Array.from({ length: SUBSCRIPTIONS }, (_, number) => [`/${number}`, () => ({ status: 200 })]),
    ),
  );

/** Six subscriptions and events for all of them, for as long as somebody listens. */
class Flow implements AsyncDisposable {
  readonly subscriptions: number[] = [];
  readonly published: Published[] = [];
  readonly #stopped = new AbortController();
  readonly #ledger: Ledger;
  #running: Promise<void> = Promise.resolve();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  async start(outside: Outside): Promise<void> {
    for (let number = 0; number < SUBSCRIPTIONS; number++) {
      this.subscriptions.push(await outside.subscribe(this.#ledger.url(`/${number}`)));
    }
    this.#running = this.#publish(outside);
  }

  async #publish(outside: Outside): Promise<void> {
    for (let number = 0; !this.#stopped.signal.aborted; number++) {
      this.published.push(await outside.publish(`d${number % DIALOGS}`));
      await pause(80, this.#stopped.signal);
    }
  }

  /** Some more events have been taken by everybody since now. */
  async goesOn(): Promise<void> {
    const { length } = this.published;
    await until('more has been published', () => this.published.length > length + DIALOGS, PATIENCE);
    await until(
      'all of that has been taken',
      () => this.#areTaken(this.published.slice(0, length)),
      PATIENCE,
    );
  }

  /** What is wrong with all that was published, once everything has come to its end. */
  async findings(database: Database, kills: readonly Snapshot[] = []): Promise<string[]> {
    await this[Symbol.asyncDispose]();
    // What is left is for the judge to say.
    await until('everything has been taken', () => this.#areTaken(this.published), PATIENCE).catch(
      () => undefined,
    );
    const { subscriptions, published } = this;
    const found = judge({ subscriptions, published, entries: this.#ledger.entries, dead: new Set(), kills });
    return [...found, ...(await stepsBack(database))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  #areTaken(events: readonly Published[]): boolean {
    return events.every((event) => this.subscriptions.every((id) => this.#ledger.hasTaken(id, event)));
  }
}

async function start(db: TestDatabase, process: number): Promise<EngineUnderTest> {
  return startEngine(db, { settings: SETTINGS, process });
}

test(
  'processes that come and go share the lanes evenly, and nothing is lost, overtaken or sent twice',
  LIMIT,
  async () => {
    await using db = await openTestDatabase();
    const { database } = db;
    await watchPositions(database);
    await using ledger = await openLedger();
    await using flow = new Flow(ledger);
    await using first = await start(db, 0);
    await shared(database, [256]);
    await flow.start(first);
    await flow.goesOn();

    await using second = await start(db, 1);
    await shared(database, [128, 128]);
    await flow.goesOn();
    const third = await start(db, 2);
    await shared(database, [86, 85, 85]);
    await flow.goesOn();

    await third[Symbol.asyncDispose]();
    await shared(database, [128, 128]);
    await flow.goesOn();
    expect(await flow.findings(database)).toEqual([]);
    expect(new Set(ledger.entries.map((entry) => entry.process)).size).toBeGreaterThan(1);
    expect([first.engine.lanesHeld, second.engine.lanesHeld]).toEqual([128, 128]);
  },
);

test('two newcomers at once are given their shares, and then no lane moves', LIMIT, async () => {
  await using db = await openTestDatabase();
  const { database } = db;
  await using engines = new Disposals();
  engines.use(await start(db, 0));
  await shared(database, [256]);
  engines.use(await start(db, 1));
  engines.use(await start(db, 2));
  await shared(database, [86, 85, 85]);
  await until('nobody waits for a lane', async () => (await lanes(database, CLAIMS))[0] === 0, PATIENCE);
  const epochs = await lanes(database, EPOCHS);
  await pause(2000);
  expect(await lanes(database, EPOCHS)).toEqual(epochs);
  // Nearly every lane has moved at most once: from the first to one of the newcomers.
  expect(epochs[0]).toBeLessThan(256 + 256);
});

test(
  'the lanes of a process that is killed go to the others in equal shares, and nothing is lost or overtaken',
  LIMIT,
  async () => {
    await using db = await openTestDatabase();
    const { database, url } = db;
    await watchPositions(database);
    await using ledger = await openLedger();
    await using flow = new Flow(ledger);
    await using outside = openOutside(db);
    await using victim = new Victim({ url, number: 0, settings: SETTINGS });
    await shared(database, [256]);
    await flow.start(outside);
    await using engines = new Disposals();
    engines.use(await start(db, 1));
    engines.use(await start(db, 2));
    await shared(database, [86, 85, 85]);
    await flow.goesOn();
    victim.signal('SIGKILL');
    await victim.gone(database);
    const snapshot = await takeSnapshot(database);
    await shared(database, [128, 128]);
    await flow.goesOn();
    expect(await flow.findings(database, [snapshot])).toEqual([]);
  },
);

test(
  'endpoints that hang keep their lanes for a lease, and no longer, from the process that waits for them',
  LIMIT,
  async () => {
    await using db = await openTestDatabase();
    const hangs = ({ times }: Arriving) => ({ status: 200, afterMs: times === 1 ? 4000 : 0 });
    await using ledger = await Ledger.open({ '/0': hangs, '/1': hangs, '/2': hangs });
    const settings = { ...SETTINGS, leaseMs: 1000 };
    await using first = await startEngine(db, { settings, process: 0 });
    // In lanes 55, 110 and 165, of which the newcomer is given the last.
    for (const path of ['/0', '/1', '/2']) await first.subscribe(ledger.url(path));
    await first.publish('d');
    await until('all of them hang', () => ledger.entries.length === 3, PATIENCE);
    await using engines = new Disposals();
    engines.use(await startEngine(db, { settings, process: 1 }));
    await until(
      'the newcomer has tried',
      () => ledger.entries.some((entry) => entry.process === 1),
      PATIENCE,
    );
    const again = ledger.entries.find((entry) => entry.process === 1)!;
    const before = ledger.entries.find((entry) => entry.subscription === again.subscription);
    expect(before).toMatchObject({ process: 0, id: again.id });
    await shared(db.database, [128, 128]);
  },
);
