import { expect, test } from 'vitest';
import { differencesOf, fill } from '../../bench/dialogs/fill.ts';
import { newDialog } from '../../bench/dialogs/publishing.ts';
import { areAsWritten, fillWords } from '../../bench/search/words.ts';
import { sql } from '../../src/db/database.ts';
import { ownerCaller } from '../../src/dialogs/caller.ts';
import { createDialog } from '../../src/dialogs/create.ts';
import { OWNER, openDialogs } from '../support/dialogs.ts';

test('what the benches fill a store with is as the commands write it, and another thing is noticed', async () => {
  await using under = await openDialogs();
  const { database, dialogs } = under;
  const caller = ownerCaller(OWNER.identity());
  const { id } = await createDialog(dialogs, { caller, input: newDialog(), silent: true, trace: null });
  await fill(database, id, { count: 50 });
  await fillWords(database);
  expect(await differencesOf(database, id)).toEqual([]);
  expect(await areAsWritten(database)).toBe(true);

  await database.query(
    sql('', `UPDATE dialog SET frozen = true, external_reference = 'x' WHERE id <> '${id}'`),
  );
  await database.query(sql('', `UPDATE dialog_words SET words = strip(words)`));
  expect((await differencesOf(database, id)).toSorted()).toEqual(['external_reference', 'frozen']);
  expect(await areAsWritten(database)).toBe(false);
});
