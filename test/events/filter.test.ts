import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import type { Audience } from '../../src/events/event.ts';
import { isForAudience, isLike, orderKeyOf, ownOrderKey, wantsType } from '../../src/events/filter.ts';
import { openTestDatabase } from '../support/database.ts';
import { OWNER } from '../support/log.ts';

const CREATED = 'dialogporten.dialog.created.v1';
const LABELLED = 'budstikka.dialog.label-assigned.v1';

test.each([
  [undefined, CREATED, true],
  [[], CREATED, false],
  [[CREATED], CREATED, true],
  [['dialogporten.dialog.created'], CREATED, false],
  [['dialogporten.%'], CREATED, true],
  [['%.created.v_'], CREATED, true],
  [['%'], CREATED, true],
  [['DIALOGPORTEN.%'], CREATED, false],
  [['no.such.type', 'dialogporten.dialog.%'], CREATED, true],
  [['dialogporten_dialog%'], CREATED, true],
])('the types %j want %s: %s', (patterns, type, wanted) => {
  expect(wantsType(patterns, type)).toBe(wanted);
});

test.each([
  [undefined, false],
  [['%'], false],
  [['%budstikka%'], false],
  [['budstikka%'], false],
  [['_udstikka.%'], false],
  [['budstikka_dialog.%'], false],
  [['dialogporten.%'], false],
  [['budstikka.%'], true],
  [['budstikka.dialog.%'], true],
  [['budstikka.%.v1'], true],
  [[LABELLED], true],
  [['%', LABELLED], true],
  [['budstikka.dialog.expired.v1'], false],
])('an event of our own reaches those who ask for %j: %s', (patterns, wanted) => {
  expect(wantsType(patterns, LABELLED)).toBe(wanted);
});

test('a pattern means here what it means to PostgreSQL, where nothing is an escape', async () => {
  await using db = await openTestDatabase();
  const like = sql('test.like', `SELECT $1 LIKE $2 ESCAPE '' AS matches`);
  const letters = fc.constantFrom('a', 'b', '.', '%', '_', '\\', '*', '(', 'å', '😀', '\n');
  const texts = fc.string({ unit: letters, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(texts, texts, async (text, pattern) => {
      const [row] = await db.database.query<{ matches: boolean }>(like, [text, pattern]);
      expect(isLike(pattern, text)).toBe(row!.matches);
    }),
    { numRuns: 400 },
  );
});

test("a stranger's pattern cannot keep the process busy", () => {
  const begun = performance.now();
  expect(isLike(`${'%a'.repeat(500)}%b`, 'a'.repeat(2000))).toBe(false);
  expect(performance.now() - begun).toBeLessThan(1000);
});

test.each([
  ['all', OWNER, true],
  ['all', '310923044', true],
  ['all', undefined, true],
  ['owner', OWNER, true],
  ['owner', '310923044', false],
  ['owner', undefined, false],
  ['others', OWNER, false],
  ['others', '310923044', true],
  ['others', undefined, true],
] satisfies [Audience, string | undefined, boolean][])(
  'a row for %s reaches %s: %s',
  (audience, who, reaches) => {
    expect(isForAudience({ audience, owner: OWNER }, who)).toBe(reaches);
  },
);

test('events of one dialog share their order key, and nothing else does', () => {
  const key = (resource: string, resourceInstance: string | null, position = 1) =>
    orderKeyOf({ resource, resourceInstance, position });
  expect(key('urn:altinn:resource:a', 'x', 1)).toBe(key('urn:altinn:resource:a', 'x', 2));
  const others = [key('urn:altinn:resource:a', 'y'), key('urn:altinn:resource:b', 'x'), key('a', null, 1)];
  expect(new Set([key('urn:altinn:resource:a', 'x'), ...others, key('a', null, 2)]).size).toBe(5);
  expect(key('a', null, 7)).toBe(ownOrderKey(7));
});
