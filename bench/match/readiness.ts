import { randomUUID } from 'node:crypto';
import type { ResultRow } from '../../scripts/stress/results.ts';
import { type Database, sql } from '../../src/db/database.ts';
import { appendAndCommit } from '../../src/events/queries.ts';
import { median } from '../delivery/numbers.ts';
import { type Delivery, makeEvent, type Stage } from '../delivery/stage.ts';
import { CROWD, interestAt } from './crowd.ts';

const BATCH = 10_000;
const READY_SECONDS = 10;
/** Milliseconds that are waited, so that a machine which is busy gives a row that does not hold instead of none. */
const PATIENCE = 900_000;
const VISIBLE_SECONDS = 1;
const CHANGES = 5;
/** Events that the index is asked for one by one in SQL. */
const LOOKUPS = 200;

const FILL = sql(
  'bench.subscriptions',
  `INSERT INTO subscription (endpoint, resource_filter, subject_filter, type_filter, consumer, created_by, identity,
                             validated, start_position, fingerprint, version)
   SELECT 'https://receiver.example/', f.resource, f.subject, f.type, '/org/x', '/org/x',
          '{"org": "x", "orgNumber": "991825827", "scopes": ["altinn:events.subscribe"], "level": 3}', true, 0,
          sha256(f.id::text::bytea), 1
     FROM json_to_recordset($1::json) AS f (id integer, resource text, subject text, type text)`,
);
const BY_FILTER = sql(
  'bench.by-filter',
  'CREATE INDEX bench_by_filter ON subscription (resource_filter, subject_filter) WHERE deleted_at IS NULL',
);
const ANALYZE = sql('bench.analyze', 'ANALYZE subscription');
const LOOKUP = sql(
  'bench.lookup',
  `SELECT id FROM subscription WHERE deleted_at IS NULL AND validated AND resource_filter = $1
      AND (subject_filter IS NULL OR subject_filter = $2)
      AND (type_filter IS NULL OR type_filter = $3
           OR right(type_filter, 1) = '*' AND starts_with($3, left(type_filter, -1)))`,
);

/**
 * A million subscriptions in the database: from the start of delivery until an event that waits has arrived, from a new
 * subscription until its endpoint hears of it, and what it would take to ask the database for each event instead.
 */
export async function measureReadiness(stage: Stage): Promise<ResultRow[]> {
  const { database } = stage.ground;
  await (await stage.startDelivery())[Symbol.asyncDispose]();
  await fill(database);
  const asked = await measureLookups(database);
  await stage.ground.database.transaction((transaction) =>
    appendAndCommit(transaction, [makeEvent(randomUUID())]),
  );
  const began = performance.now();
  const starting = stage.startDelivery();
  await stage.sink.takeAll(1, PATIENCE);
  const ready = (performance.now() - began) / 1000;
  await using delivery = await starting;
  const visible: number[] = [];
  for (let change = 0; change < CHANGES; change++) visible.push(await measureChange(stage, delivery));
  return [
    row('ready after the start of delivery', ready, READY_SECONDS),
    row('the endpoint of a new subscription hears of it', median(visible), VISIBLE_SECONDS),
    { name: 'matching, asking the database for an event', bar: null, value: asked, unit: 'µs', holds: null },
  ];
}

async function fill(database: Database): Promise<void> {
  for (let at = 0; at < CROWD.all; at += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, n) => interestAt(at + n));
    await database.query(FILL, [JSON.stringify(batch)]);
  }
  await database.query(ANALYZE);
}

async function measureLookups(database: Database): Promise<number> {
  await database.query(BY_FILTER);
  const began = performance.now();
  for (let number = 0; number < LOOKUPS; number++) {
    const { resource, subject, type } = interestAt(CROWD.all / 2 + number);
    await database.query(LOOKUP, [resource, subject, type ?? 'dialogporten.dialog.kind0.v1']);
  }
  return ((performance.now() - began) * 1000) / LOOKUPS;
}

/** Seconds from the subscription's commit to its handshake. */
async function measureChange(stage: Stage, delivery: Delivery): Promise<number> {
  await stage.sink.take();
  await delivery.subscribe({ typeFilter: `no.agency.${randomUUID()}` });
  const began = performance.now();
  await stage.sink.takeAll(1, PATIENCE);
  return (performance.now() - began) / 1000;
}

function row(what: string, value: number, bar: number): ResultRow {
  return {
    ...{ name: `matching, ${what}, of ${CROWD.all}`, bar: `at most ${bar}`, value, unit: 's' },
    holds: value <= bar,
  };
}
