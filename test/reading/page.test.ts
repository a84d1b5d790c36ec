import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { positionOfEvent, readEnd, readVersions } from '../../src/reading/queries.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';
import { draft, openWriter, OWNER, page, positionsAfter, publish } from '../support/log.ts';

const A = 'urn:altinn:resource:a';
const B = 'urn:altinn:resource:b';
const OWN_TYPE = 'budstikka.dialog.label-assigned.v1';

let db: TestDatabase;
/** Where the log ended before the test's own events. */
async function begin(): Promise<number> {
  return readEnd(db.database);
}

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

test('a row comes back as it was appended, its bytes untouched', async () => {
  const start = await begin();
  const event = draft({
    audience: 'owner',
    change: 2 ** 40,
    dialogSequence: 17,
    resourceInstance: '0194fe82',
    subject: 'urn:altinn:organization:identifier-no:310923044',
    time: '2026-01-02T03:04:05.1234560Z',
    bytes: '{ "b":1,  "a":"æ\\u00e5😀",\n"b":2 }',
    trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  });
  const [position] = await publish(db.database, event);
  const { time: _, ...expected } = event;
  expect((await page(db.database, start)).rows).toEqual([{ position, ...expected }]);
});

describe('a page ends', () => {
  let start: number;
  let positions: number[];
  beforeAll(async () => {
    start = await begin();
    const events = Array.from({ length: 12 }, (_, index) =>
      draft({ type: index % 3 === 0 ? 'a.third.v1' : 'a.other.v1', bytes: 'x'.repeat(100) }),
    );
    positions = await publish(db.database, ...events);
  });

  test('at the rows asked for, and the next one goes on there', async () => {
    const first = await page(db.database, start, { budget: { rows: 5 } });
    expect(first).toMatchObject({ next: positions[4], more: true, lookedAt: 5 });
    const second = await page(db.database, first.next, { budget: { rows: 5 } });
    expect([...first.rows, ...second.rows].map((row) => row.position)).toEqual(positions.slice(0, 10));
  });

  test('without more to come when the log ends exactly there', async () => {
    const all = await page(db.database, start, { budget: { rows: 12 } });
    expect(all).toMatchObject({ next: positions[11], more: false, lookedAt: 12 });
    expect(all.rows).toHaveLength(12);
  });

  test('at the bytes asked for', async () => {
    const found = await page(db.database, start, { budget: { bytes: 350 } });
    expect(found).toMatchObject({ next: positions[2], more: true, lookedAt: 3 });
    expect(await page(db.database, start, { budget: { bytes: 400 } })).toMatchObject({ next: positions[3] });
  });

  test('at the rows looked at, and says so though none of them was wanted', async () => {
    const filter = { types: ['a.nothing'] };
    const found = await page(db.database, start, { filter, budget: { scan: 7 } });
    expect(found).toMatchObject({ rows: [], next: positions[6], more: true, lookedAt: 7 });
  });

  test('at the rows looked at, counting what the filter leaves out', async () => {
    const filter = { types: ['a.third.%'] };
    const found = await page(db.database, start, { filter, budget: { rows: 10, scan: 5 } });
    expect(found.rows.map((row) => row.position)).toEqual([positions[0], positions[3]]);
    expect(found).toMatchObject({ next: positions[4], more: true, lookedAt: 5 });
  });

  test('at the rows asked for, wherever the filter has left rows out', async () => {
    const filter = { types: ['a.third.%'] };
    const found = await page(db.database, start, { filter, budget: { rows: 2 } });
    expect(found.rows.map((row) => row.position)).toEqual([positions[0], positions[3]]);
    expect(found).toMatchObject({ next: positions[5], more: true, lookedAt: 6 });
  });

  test('and pages of every size, put together, are the log', async () => {
    for (const rows of [1, 2, 3, 11, 12, 13])
      for (const scan of [1, 2, 5, 11, 12, 13]) {
        const found: number[] = [];
        for (let next = start, more = true; more; ) {
          const one = await page(db.database, next, {
            filter: { types: ['a.other.v1'] },
            budget: { rows, scan },
          });
          found.push(...one.rows.map((row) => row.position));
          expect(one.lookedAt).toBeLessThanOrEqual(scan);
          ({ next, more } = one);
        }
        expect(found).toEqual(positions.filter((_, index) => index % 3 !== 0));
      }
  });
});

test('one event comes however large it is, alone, and the page after it goes on', async () => {
  const start = await begin();
  const [small, large, last] = await publish(
    db.database,
    draft({ bytes: 'x'.repeat(10) }),
    draft({ bytes: 'y'.repeat(100_000) }),
    draft({ bytes: 'z'.repeat(10) }),
  );
  const first = await page(db.database, start, { budget: { bytes: 1000 } });
  expect(first).toMatchObject({ next: small, more: true });
  const second = await page(db.database, first.next, { budget: { bytes: 1000 } });
  expect(second).toMatchObject({ next: large, more: true });
  expect(second.rows.map((row) => row.bytes.length)).toEqual([100_000]);
  expect(await page(db.database, second.next, { budget: { bytes: 1000 } })).toMatchObject({
    next: last,
    more: false,
  });
});

test('each filter finds its rows, alone and together', async () => {
  const start = await begin();
  const events = [A, B].flatMap((resource) =>
    ['x', 'y'].flatMap((resourceInstance) =>
      ['s', 't'].map((subject) => draft({ resource, resourceInstance, subject })),
    ),
  );
  const positions = await publish(db.database, ...events);
  const wanted = (filter: { resource?: string; instance?: string; subject?: string }) =>
    positions.filter((_, index) => {
      const { resource, resourceInstance, subject } = events[index]!;
      return (
        (filter.resource ?? resource) === resource &&
        (filter.instance ?? resourceInstance) === resourceInstance &&
        (filter.subject ?? subject) === subject
      );
    });
  for (const resource of [undefined, A])
    for (const instance of [undefined, 'y'])
      for (const subject of [undefined, 't']) {
        const filter = {
          ...(resource && { resource }),
          ...(instance && { instance }),
          ...(subject && { subject }),
        };
        const found = await page(db.database, start, { filter });
        expect(found.rows.map((row) => row.position)).toEqual(wanted(filter));
        expect(found.next).toBe(positions.at(-1));
      }
});

test('the cursor passes the rows of other filters, so that the next page does not look at them again', async () => {
  const start = await begin();
  await publish(db.database, draft({ resource: A }));
  const [last] = await publish(db.database, draft({ resource: B }), draft({ resource: B }));
  for (const filter of [{ resource: 'urn:altinn:resource:none' }, { subject: 'none' }, { types: ['none'] }]) {
    const found = await page(db.database, start, { filter });
    expect(found).toMatchObject({ rows: [], next: last! + 1, more: false });
    expect(await page(db.database, found.next, { filter })).toMatchObject({ lookedAt: 0, next: found.next });
  }
});

test('rows for the owner, for the others and of our own types come with the rest: whoever reads tells them apart', async () => {
  const start = await begin();
  const positions = await publish(
    db.database,
    draft({ audience: 'owner' }),
    draft({ audience: 'others' }),
    draft({ type: OWN_TYPE }),
  );
  const found = await page(db.database, start);
  expect(found.rows.map(({ audience, type }) => `${audience} ${type}`)).toEqual([
    'owner dialogporten.dialog.updated.v1',
    'others dialogporten.dialog.updated.v1',
    `all ${OWN_TYPE}`,
  ]);
  expect(found.next).toBe(positions.at(-1));
});

test('a backslash in a type pattern is a letter, also at its end', async () => {
  const start = await begin();
  const [position] = await publish(db.database, draft({ type: 'a\\b' }), draft({ type: 'a%b' }));
  const found = await page(db.database, start, { filter: { types: ['a\\b', '%\\'] } });
  expect(found.rows.map((row) => row.position)).toEqual([position]);
  expect((await page(db.database, start, { filter: { types: ['a\\%'] } })).rows).toHaveLength(1);
});

test('a cursor beyond the end of the log stays where it is', async () => {
  const beyond = (await begin()) + 1000;
  expect(await page(db.database, beyond)).toMatchObject({ rows: [], next: beyond, more: false });
});

test('the end of the log is the last row below the horizon, and reading goes on behind it without a gap', async () => {
  await using writer = await openWriter(db.database);
  const [row] = await publish(db.database, draft());
  await writer.run('BEGIN');
  const [open] = await writer.append(draft());
  const [behind] = await publish(db.database, draft());
  expect(await readEnd(db.database)).toBe(row);
  await writer.run('COMMIT');
  expect(await positionsAfter(db.database, row!)).toEqual([open, behind]);
});

describe('to read on after an event by its id', () => {
  test('begins at its first position that the organisation may see', async () => {
    const id = 'held-and-released';
    const first = await publish(db.database, draft({ id, audience: 'owner', resource: A }));
    const second = await publish(db.database, draft({ id, audience: 'others', resource: A }));
    const of = (orgNumber: string | undefined, resource: string | undefined = A) =>
      positionOfEvent(db.database, id, { resource, orgNumber });
    expect(await of(OWNER)).toBe(first[0]);
    expect(await of('310923044')).toBe(second[0]);
    expect(await of(undefined)).toBe(second[0]);
    expect(await of(OWNER, B)).toBeUndefined();
    expect(await positionOfEvent(db.database, 'unknown', { resource: A, orgNumber: OWNER })).toBeUndefined();
  });

  test('begins before it while it stands above the horizon: what is still open there must not be passed', async () => {
    await using writer = await openWriter(db.database);
    await writer.run('BEGIN');
    const [open] = await writer.append(draft());
    const [told] = await publish(db.database, draft({ id: 'just-published' }));
    const position = await positionOfEvent(db.database, 'just-published', {
      resource: undefined,
      orgNumber: undefined,
    });
    await writer.run('COMMIT');
    expect(await positionsAfter(db.database, position!)).toEqual([open, told]);
  });
});

test('the versions come with every page, also with one that is empty', async () => {
  const before = await readVersions(db.database);
  await using writer = await openWriter(db.database);
  await writer.run(
    `SELECT bump_version('access'), bump_version('subscription'), bump_version('subscription')`,
  );
  expect(await page(db.database, await begin())).toMatchObject({
    rows: [],
    accessVersion: before.access + 1,
    subscriptionVersion: before.subscription + 2,
  });
});
