import { expect, test } from 'vitest';
import { append } from '../../src/events/queries.ts';
import { pause } from '../../src/lib/time.ts';
import { openTestDatabase } from '../support/database.ts';
import { draft, page, publish } from '../support/log.ts';
import { until } from '../support/until.ts';

test('a writer that falls silent between append and COMMIT is ended, and nobody waits longer', async () => {
  await using db = await openTestDatabase();
  const silence = new AbortController();
  let silenced: number | undefined;
  const outcome = db.database
    .transaction(async (transaction) => {
      [silenced] = await append(transaction, [draft()]);
      await pause(20_000, silence.signal);
    })
    .then(
      () => 'committed',
      () => 'refused',
    );
  await until('the writer has appended', () => silenced);
  const begun = performance.now();
  const [behind] = await publish(db.database, draft());
  expect(behind).toBeGreaterThan(silenced!);
  expect(await page(db.database, 0)).toMatchObject({ rows: [], undecided: true });

  const passed = async () => {
    const found = await page(db.database, 0);
    return found.rows.length > 0 && found;
  };
  const read = await until('the silent writer is passed', passed, { timeout: 4000 });
  expect(performance.now() - begun).toBeGreaterThan(500);
  expect(read.rows.map((row) => row.position)).toEqual([behind]);
  expect(read.undecided).toBe(false);
  // What it meant to commit is gone, and it learns so.
  silence.abort();
  expect(await outcome).toBe('refused');
});
