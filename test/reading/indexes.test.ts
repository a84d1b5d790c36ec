import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Session, sql } from '../../src/db/database.ts';
import { type LogFilter, positionOfEvent, readEnd, readLog } from '../../src/reading/queries.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { draft, openWriter, publish, type Writer } from '../support/log.ts';

const PARTITION = 25_000;
const PARTITIONS = 4;

/** Every 50th row has the resource, every 5,000th the instance or the subject, every 10th the type. */
const FILL = `SELECT count(*) FROM append_events((
  SELECT json_agg(json_build_object('audience', 'all', 'owner', '991825827', 'source', 'a:source', 'bytes', '{}',
           'type', 'a.type.' || g % 10, 'resource', 'resource-' || g % 50, 'resource_instance', 'instance-' || g % 5000,
           'subject', 'subject-' || g % 5000, 'id', g))
    FROM generate_series(1, ${PARTITION}) AS g)::json)`;

let db: TestDatabase;
let writer: Writer;
/** Has read the log while it was empty, so that its plans were made then, and keeps them. */
let reader: Session;

beforeAll(async () => {
  db = await openTestDatabase();
  writer = await openWriter(db.database);
  reader = await db.database.session('reader');
  for (const { filter } of filters) await readLog(reader, 0, { filter, budget });
  await positionOfEvent(reader, 'none', { resource: undefined, orgNumber: undefined });
  for (let partition = 0; partition < PARTITIONS; partition++) {
    if (partition > 0) await writer.run(`SELECT cut_log(${partition - 1})`);
    await writer.run(FILL);
  }
});
afterAll(async () => {
  await reader[Symbol.asyncDispose]();
  await writer[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const budget = { rows: 20, scan: 500, bytes: 4 << 20 };

/** `reads`: index entries that a page may cost, with a little more for where the next chunk begins. */
const filters: { filter: LogFilter; index: string; reads: number }[] = [
  { filter: {}, index: 'pkey', reads: 25 },
  { filter: { types: ['a.type.7'] }, index: 'pkey', reads: 320 },
  { filter: { resource: 'resource-7' }, index: 'resource_position_idx', reads: 25 },
  { filter: { resource: 'resource-7', types: ['a.%'] }, index: 'resource_position_idx', reads: 25 },
  { filter: { subject: 'subject-7' }, index: 'subject_position_idx', reads: 25 },
  { filter: { resource: 'resource-7', subject: 'subject-7' }, index: 'subject_position_idx', reads: 25 },
  {
    filter: { resource: 'resource-7', instance: 'instance-7' },
    index: 'resource_resource_instance_position_idx',
    reads: 25,
  },
  {
    filter: { resource: 'resource-7', instance: 'instance-7', subject: 'subject-7' },
    index: 'resource_resource_instance_position_idx',
    reads: 25,
  },
];

const SCANS = sql(
  'test.scans',
  `SELECT substr(c.relname, 10) AS index, pg_stat_get_xact_tuples_returned(c.oid)::int AS reads
     FROM pg_class c WHERE c.relname LIKE 'event\\_p%' AND c.relkind IN ('r', 'i')
      AND pg_stat_get_xact_numscans(c.oid) > 0
      AND (c.relkind = 'i' OR (SELECT s.seq_scan FROM pg_stat_xact_user_tables s WHERE s.relid = c.oid) > 0)`,
);
/** What a backend has counted goes to the statistics at the end of this, so that the next transaction counts from 0. */
const FLUSH = sql('', 'SELECT pg_stat_force_next_flush()');
const [BEGIN, COMMIT] = [sql('', 'BEGIN'), sql('', 'COMMIT')];

/** Does something in a session and gives how much was read of which index for it; a whole partition has no name. */
async function scansOf(session: Session, work: () => Promise<unknown>): Promise<Map<string, number>> {
  await session.query(FLUSH);
  await session.query(BEGIN);
  await work();
  const scans = await session.query<{ index: string; reads: number }>(SCANS);
  await session.query(COMMIT);
  const reads = new Map<string, number>();
  for (const scan of scans)
    if (scan.reads > 0) reads.set(scan.index, (reads.get(scan.index) ?? 0) + scan.reads);
  return reads;
}

/** Reads a page, which must be worth something: it may use this index so much, and one entry of another to end. */
async function expectPage(
  session: Session,
  after: number,
  { filter, index, reads }: (typeof filters)[number],
): Promise<void> {
  const scans = await scansOf(session, async () => {
    const found = await readLog(session, after, { filter, budget });
    expect(found.rows.length).toBeGreaterThanOrEqual(10);
  });
  expect(scans.get(index)).toBeLessThanOrEqual(reads);
  scans.delete(index);
  expect([...scans].filter(([name, count]) => name !== 'pkey' || count > 1)).toEqual([]);
}

test.each(filters)('a page of $filter uses the index $index and little of it', async (wanted) => {
  // From the middle of the second partition on.
  await expectPage(reader, 2 ** 32 + PARTITION / 2, wanted);
});

test('the last page and the end of the log cost no more than any other page', async () => {
  const last = (PARTITIONS - 1) * 2 ** 32 + PARTITION - 15;
  await expectPage(reader, last, { filter: {}, index: 'pkey', reads: 20 });
  const scans = await scansOf(reader, () => readEnd(reader));
  expect([...scans]).toEqual([['pkey', 1]]);
});

test('an event is found by its id without a look at others', async () => {
  const within = { resource: undefined, orgNumber: undefined };
  const scans = await scansOf(reader, async () => {
    expect(await positionOfEvent(reader, '77', within)).toBe(77);
  });
  expect(scans.get('id_position_idx')).toBe(PARTITIONS);
  scans.delete('id_position_idx');
  expect([...scans]).toEqual([['pkey', 1]]);
});

test('a page of a rare resource costs no more than one of a common resource, though the statistics know both', async () => {
  await using skewed = await openTestDatabase();
  const rare = Array.from({ length: 20 }, () =>
    draft({ resource: 'rare', resourceInstance: 'one', subject: 'one' }),
  );
  const common = Array.from({ length: 5000 }, () =>
    draft({ resource: 'common', resourceInstance: 'two', subject: 'two' }),
  );
  await publish(skewed.database, ...common, ...rare);
  await using session = await skewed.database.session('reader');
  await session.query(sql('', 'ANALYZE event'));
  const wanted = [
    { filter: { resource: 'rare' }, index: 'resource_position_idx' },
    { filter: { subject: 'one' }, index: 'subject_position_idx' },
    { filter: { resource: 'rare', instance: 'one' }, index: 'resource_resource_instance_position_idx' },
  ];
  for (const { filter, index } of wanted) await expectPage(session, 0, { filter, index, reads: 25 });
});

test('no statement of log_rows sorts or looks through a partition, whatever the statistics say', async () => {
  const [source] = await writer.run<{ prosrc: string; settings: string[] }>(
    `SELECT prosrc, proconfig AS settings FROM pg_proc WHERE proname = 'log_rows'`,
  );
  const statements = [...source!.prosrc.matchAll(/RETURN QUERY (SELECT[^;]+);/g)].map((found) => found[1]!);
  expect(statements).toHaveLength(4);
  for (const setting of source!.settings) await writer.run(`SET ${setting}`);
  for (const [number, statement] of statements.entries()) {
    const types = {
      p_after: 'bigint',
      p_horizon: 'bigint',
      p_rows: 'int',
      p_resource: 'text',
      p_instance: 'text',
      p_subject: 'text',
    };
    const names = Object.keys(types);
    const text = statement.replaceAll(/\bp_\w+/g, (name) => `$${names.indexOf(name) + 1}`);
    await writer.run(`PREPARE path_${number} (${Object.values(types).join(', ')}) AS ${text}`);
    const plan = await writer.run<{ 'QUERY PLAN': string }>(
      `EXPLAIN (COSTS OFF) EXECUTE path_${number} (${PARTITION}, ${2 ** 32 + 100}, 500, 'resource-7', 'instance-7', 'subject-7')`,
    );
    const nodes = plan.map((row) => row['QUERY PLAN'].trim());
    expect(nodes.filter((node) => /Index (Only )?Scan using/.test(node))).toHaveLength(2);
    expect(nodes.filter((node) => /(Seq Scan|Sort|Bitmap Heap Scan)( on .*)?$/.test(node))).toEqual([]);
    // Two partitions lie between the positions; the others are not even opened.
    expect(nodes.some((node) => /Subplans Removed: [1-9]/.test(node))).toBe(true);
  }
});
