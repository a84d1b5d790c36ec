import { describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import type { Failpoint } from '../../src/lib/failpoint.ts';
import { pause } from '../../src/lib/time.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { openOutside, type Outside, type Published, startEngine } from './harness.ts';
import { judge, type Snapshot } from './judge.ts';
import { deadLetters, Ledger, type Manner, takeSnapshot } from './ledger.ts';
import type { Kill } from './process.ts';
import { Victim } from './victim.ts';
import { stepsBack, watchPositions } from './watch.ts';

const SETTINGS = { leaseMs: 1000, pollMs: 200 };
/** The machine may be busy with other things; alone on it, a case takes two or three seconds. */
const PATIENCE = { timeout: 45_000 };
const DIALOGS = 6;
/** Milliseconds between events; how many at most; how many after the last kill. */
const PACE = 12;
const MOST = 1000;
const AFTERWARDS = 10;

/** An endpoint that takes everything, one that refuses now and then and two events for good, and one that gets slow. */
const MANNERS: Record<string, Manner> = {
  '/good': () => ({ status: 200 }),
  '/moody': ({ dialog, times, count }) => {
    const refuses = dialog === 'poison' || (times === 1 && count % 9 === 0);
    return { status: refuses ? 500 : 200 };
  },
  '/slow': ({ sinceSlow }) => ({ status: 200, afterMs: sinceSlow > 900 ? 350 : 0 }),
};

/** Publishes until it is disposed or has published enough. */
class Load implements AsyncDisposable {
  readonly published: Published[] = [];
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;

  constructor(outside: Outside) {
    this.#running = this.#publish(outside);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #publish(outside: Outside): Promise<void> {
    for (let number = 0; number < MOST && !this.#stopped.signal.aborted; number++) {
      const dialog = number === 20 || number === 25 ? 'poison' : `d${number % DIALOGS}`;
      this.published.push(await outside.publish(dialog));
      await pause(PACE, this.#stopped.signal);
    }
  }
}

/** When a process is told where to kill itself: before it starts, or when it keeps up with everything. */
interface Plan extends Kill {
  readonly when: 'from the start' | 'keeping up';
}

const BEHIND = sql('test.behind', 'SELECT count(*)::int AS count FROM own_position');

/** Runs a process until it has killed itself, and gives what the database says then. */
async function die(
  { url, database }: TestDatabase,
  number: number,
  { when, ...kill }: Plan,
): Promise<Snapshot> {
  const isArmed = when === 'from the start';
  await using victim = new Victim({ url, number, settings: SETTINGS, kill: isArmed ? kill : undefined });
  if (!isArmed) {
    await until(
      'the process keeps up',
      async () => (await database.query<{ count: number }>(BEHIND))[0]?.count === 0,
      PATIENCE,
    );
    victim.arm(kill);
  }
  await until(`the process dies at ${kill.point}`, () => !victim.isAlive, PATIENCE);
  await victim.gone(database);
  return await takeSnapshot(database);
}

/** Kills one process after the other under load, lets another finish, and gives what is wrong. */
async function killUnderLoad(kills: readonly Plan[]): Promise<string[]> {
  await using db = await openTestDatabase();
  await watchPositions(db.database);
  await using ledger = await Ledger.open(MANNERS);
  await using outside = openOutside(db);
  const subscriptions: number[] = [];
  for (const path of Object.keys(MANNERS)) subscriptions.push(await outside.subscribe(ledger.url(path)));
  await using load = new Load(outside);
  const snapshots: Snapshot[] = [];
  for (const [number, kill] of kills.entries()) snapshots.push(await die(db, number, kill));
  await using heir = await startEngine(db, { settings: SETTINGS, process: kills.length });
  await until('another process has the lanes', () => heir.engine.lanesHeld > 0, PATIENCE);
  await pause(AFTERWARDS * PACE);
  await load[Symbol.asyncDispose]();
  const { published } = load;
  let dead = new Set<string>();
  await until(
    'everything has come to its end',
    async () => {
      dead = await deadLetters(db.database);
      const isOver = (id: number, event: Published) =>
        ledger.hasTaken(id, event) || dead.has(`${id} ${event.position}`);
      return subscriptions.every((id) => published.every((event) => isOver(id, event)));
    },
    PATIENCE,
    // What is left is for the judge to say.
  ).catch(() => undefined);
  const findings = judge({ subscriptions, published, entries: ledger.entries, dead, kills: snapshots });
  return [...findings, ...(await stepsBack(db.database))];
}

/** How often each point is reached from the start, and while the process keeps up. */
const POINTS: Readonly<Record<Exclude<Failpoint, 'lanes-leased'>, readonly [number, number, number]>> = {
  'lanes-renewed': [1, 1, 3],
  'log-read': [1, 1, 30],
  'before-decision': [1, 2, 90],
  'before-send': [30, 3, 120],
  'after-answer': [40, 1, 100],
  'own-position': [1, 1, 2],
  'before-settle': [2, 1, 9],
  'after-settle': [1, 2, 10],
  'before-retry': [1, 1, 4],
  unparked: [1, 1, 3],
  'caught-up': [2, 1, 2],
};

describe('nothing is lost, overtaken or sent again but what was in flight, when a process is killed', () => {
  const points = Object.entries(POINTS) as [Failpoint, readonly number[]][];
  test.for(points)('at %s', { timeout: 180_000 }, async ([point, nths]) => {
    const rows = nths.map((nth, index): Plan[] => {
      return [{ point, nth, when: index === 0 ? 'from the start' : 'keeping up' }];
    });
    expect(await Promise.all(rows.map(killUnderLoad))).toEqual([[], [], []]);
  });

  test('at lanes-leased, up to three in a row', { timeout: 180_000 }, async () => {
    const plan: Plan = { point: 'lanes-leased', nth: 1, when: 'from the start' };
    const rows = [[plan], [plan, plan], [plan, plan, plan]];
    expect(await Promise.all(rows.map(killUnderLoad))).toEqual([[], [], []]);
  });
});
