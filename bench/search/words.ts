import { type Database, sql } from '../../src/db/database.ts';

/** Dialogs of one statement. */
const BATCH = 20_000;

const INDEX = sql('', `SELECT pg_get_indexdef('dialog_words_words'::regclass) AS definition`);
const DROP = sql('', 'DROP INDEX dialog_words_words');
const WRITE = sql(
  'bench.write-words',
  `WITH next AS MATERIALIZED (SELECT d.id FROM dialog d WHERE d.id > $1 ORDER BY d.id LIMIT $2)
   SELECT max(n.id::text) AS last, count(write_dialog_words(n.id)) FROM next n`,
);
const VACUUM = sql('', 'VACUUM (ANALYZE) dialog, dialog_words');

/** Writes the words of every dialog by the function that the commands call; the index is made when they stand. */
export async function writeWords(database: Database): Promise<void> {
  const [index] = await database.query<{ definition: string }>(INDEX);
  await database.query(DROP);
  let last: string | null = '00000000-0000-0000-0000-000000000000';
  while (last !== null) {
    const [written]: { last: string | null }[] = await database.query(WRITE, [last, BATCH]);
    last = written!.last;
  }
  await database.query(sql('', index!.definition));
  await database.query(VACUUM);
}
