import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLog } from '../../src/lib/log.ts';
import { pause } from '../../src/lib/time.ts';
import { type FollowOptions, followLog } from '../../src/reading/follow.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { draft, openWriter, publish } from '../support/log.ts';
import { until } from '../support/until.ts';

/** Longer than any test: who sees something has not seen it by the timer. */
const NEVER = 3_600_000;

let db: TestDatabase;
let grown: EventEmitter;
let open: Follower[];

beforeEach(async () => {
  db = await openTestDatabase();
  grown = new EventEmitter();
  open = [];
});
afterEach(async () => {
  for (const follower of open) await follower.stop();
  await db[Symbol.asyncDispose]();
});

interface Follower {
  /** Positions of all rows taken, in the order they came. */
  readonly taken: number[];
  /** How often the log was read. */
  readonly reads: () => number;
  readonly warnings: string[];
  stop(): Promise<void>;
}

function hint(): void {
  grown.emit('grown');
}

function follow(options: Partial<FollowOptions> = {}): Follower {
  const ended = new AbortController();
  const taken: number[] = [];
  const warnings: string[] = [];
  let cursor = 0;
  let reads = 0;
  const following = followLog({
    database: db.database,
    hints: {
      onGrown: (listener) => {
        grown.on('grown', listener);
        return () => grown.off('grown', listener);
      },
    },
    log: openLog({ level: 'warn', destination: { write: (line) => warnings.push(line) } }),
    purpose: 'follower',
    pollMs: NEVER,
    budget: { rows: 3, scan: 100, bytes: 1 << 20 },
    signal: ended.signal,
    position: () => {
      reads++;
      return cursor;
    },
    ...options,
    take: async (page, asked) => {
      await options.take?.(page, asked);
      taken.push(...page.rows.map((row) => row.position));
      cursor = page.next;
    },
  });
  const stop = async () => {
    ended.abort();
    await following;
  };
  const follower = { taken, reads: () => reads, warnings, stop };
  open.push(follower);
  return follower;
}

async function publishMany(count: number): Promise<number[]> {
  const positions: number[] = [];
  for (let event = 0; event < count; event++) positions.push(...(await publish(db.database, draft())));
  return positions;
}

test('what is in the log already is read at the start, page after page', async () => {
  const positions = await publishMany(8);
  const follower = follow();
  await until('all is read', () => follower.taken.length === 8);
  expect(follower.taken).toEqual(positions);
});

test('a hint is enough', async () => {
  const follower = follow();
  await until('the follower has looked', () => follower.reads() === 1);
  const positions = await publishMany(1);
  hint();
  await until('it is read', () => follower.taken.length === 1);
  expect(follower.taken).toEqual(positions);
});

test('a hint that comes while a page is read is not forgotten', async () => {
  const [first] = await publishMany(1);
  let second: number | undefined;
  const follower = follow({
    take: async () => {
      if (second !== undefined) return;
      [second] = await publishMany(1);
      hint();
    },
  });
  await until('both are read', () => follower.taken.length === 2);
  expect(follower.taken).toEqual([first, second]);
});

test('a hint that is lost costs no more than the slow timer', async () => {
  const follower = follow({ pollMs: 50 });
  await until('the follower has looked', () => follower.reads() >= 1);
  const positions = await publishMany(2);
  await until('it is read without a hint', () => follower.taken.length === 2);
  expect(follower.taken).toEqual(positions);
});

test('what waits for an open append is read when that ends, though a rollback sends no hint', async () => {
  await using writer = await openWriter(db.database);
  await writer.run('BEGIN');
  await writer.append(draft());
  const [behind] = await publishMany(1);
  const follower = follow();
  await until('the follower asks again', () => follower.reads() > 2);
  expect(follower.taken).toEqual([]);
  await writer.run('ROLLBACK');
  await until('it is read', () => follower.taken.length === 1);
  expect(follower.taken).toEqual([behind]);
});

test('while an append stays open the log is asked ever more rarely', async () => {
  await using writer = await openWriter(db.database);
  await writer.run('BEGIN');
  await writer.append(draft());
  const follower = follow();
  await pause(600);
  // 1, 2, 4, … 32, then 50 ms apart.
  expect(follower.reads()).toBeGreaterThan(5);
  expect(follower.reads()).toBeLessThan(25);
  await writer.run('ROLLBACK');
});

test('a storm of hints does not cause a read each', async () => {
  const follower = follow();
  await until('the follower has looked', () => follower.reads() === 1);
  let hints = 0;
  for (let round = 0; round < 100; round++) {
    for (let more = 0; more < 1000; more++, hints++) hint();
    await new Promise(setImmediate);
  }
  const [position] = await publishMany(1);
  hint();
  await until('it is read', () => follower.taken.length === 1);
  expect(follower.taken).toEqual([position]);
  expect(hints).toBe(100_000);
  expect(follower.reads()).toBeLessThan(200);
});

test('a connection that is killed is opened again, and nothing is lost or read twice', async () => {
  await using killer = await openWriter(db.database);
  const kill = () =>
    killer.run(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'test follower'`,
    );
  const follower = follow();
  const positions: number[] = [];
  let kills = 0;
  for (let event = 0; event < 40; event++) {
    positions.push(...(await publishMany(1)));
    hint();
    if (event % 8 === 3) kills += (await kill()).length;
  }
  await until('all is read', () => follower.taken.length >= positions.length);
  expect(kills).toBeGreaterThan(0);
  expect(follower.taken).toEqual(positions);
  expect(follower.warnings.length).toBeGreaterThan(0);
});

test('a connection that is killed while nothing happens is opened again without a hint', async () => {
  await using killer = await openWriter(db.database);
  const follower = follow();
  await until('the follower has looked', () => follower.reads() === 1);
  const [position] = await publishMany(1);
  await killer.run(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'test follower'`,
  );
  await until('what was appended meanwhile is read', () => follower.taken.length === 1);
  expect(follower.taken).toEqual([position]);
});

test('a page that could not be taken is read again, a little later each time', async () => {
  const [position] = await publishMany(1);
  let failures = 0;
  const follower = follow({
    take: () => {
      if (failures < 3) throw new Error(`failure ${++failures}`);
    },
  });
  await until('it is taken', () => follower.taken.length === 1);
  expect(follower.taken).toEqual([position]);
  expect(follower.warnings.map((line) => (JSON.parse(line) as { err: string }).err)).toEqual([
    'failure 1',
    'failure 2',
    'failure 3',
  ]);
});

test('a reader that is sent back reads on from there', async () => {
  const positions = await publishMany(3);
  let back = 0;
  const asked: number[] = [];
  const follower = follow({
    position: () => back,
    take: (_, { after }) => {
      asked.push(after);
    },
  });
  await until('all is read', () => follower.taken.length === 3);
  back = positions[0]!;
  hint();
  await until('the follower was sent back', () => follower.taken.length === 5);
  expect(asked).toEqual([0, back]);
  expect(follower.taken).toEqual([...positions, ...positions.slice(1)]);
});

test('it ends with the signal at once, whatever it waits for', async () => {
  const follower = follow();
  await until('the follower has looked', () => follower.reads() === 1);
  const begun = performance.now();
  await follower.stop();
  expect(performance.now() - begun).toBeLessThan(1000);
  expect(grown.listenerCount('grown')).toBe(0);
});
