import { type Database, type Queries, sql } from '../../src/db/database.ts';

/** Dialogs of one statement. */
const BATCH = 50_000;
const NOBODY = '00000000-0000-0000-0000-000000000000';

const INDEX = sql('', `SELECT pg_get_indexdef('dialog_words_words'::regclass) AS definition`);
const DROP = sql('', 'DROP INDEX dialog_words_words');
const VACUUM = sql('', 'VACUUM (ANALYZE) dialog_words');

/** What `write_dialog_words` makes of these dialogs, which all speak one language and say the same three things. */
const FILL = sql(
  'bench.fill-words',
  `WITH next AS MATERIALIZED (
     SELECT d.id, d.document, d.party, d.service_resource FROM dialog d WHERE d.id > $1 ORDER BY d.id LIMIT $2),
   filled AS (
     INSERT INTO dialog_words (dialog, language, configuration, words)
     SELECT n.id, 'nb', 'pg_catalog.norwegian',
            to_tsvector('pg_catalog.norwegian', concat_ws(' ',
              n.document #>> '{content,title,value,0,value}', n.document #>> '{content,summary,value,0,value}',
              n.document #>> '{attachments,0,displayName,0,value}'))
              || array_to_tsvector(ARRAY['party ' || n.party, 'resource ' || n.service_resource])
       FROM next n WHERE NOT EXISTS (SELECT FROM dialog_words w WHERE w.dialog = n.id))
   SELECT max(n.id::text) AS last FROM next n`,
);

/** Writes the words of all dialogs; the index is made when they stand. */
export async function fillWords(database: Database): Promise<void> {
  const [index] = await database.query<{ definition: string }>(INDEX);
  await database.query(DROP);
  for (let last: string | null = NOBODY; last !== null; ) {
    const [filled]: { last: string | null }[] = await database.query(FILL, [last, BATCH]);
    last = filled!.last;
  }
  await database.query(sql('', index!.definition));
  await database.query(VACUUM);
}

const SAMPLE = sql(
  'bench.words-sample',
  `SELECT w.dialog, w.language, w.configuration, w.words::text FROM dialog_words w
    WHERE w.dialog = ANY ($1) ORDER BY w.dialog, w.language`,
);
const SOME = sql('bench.words-of', 'SELECT DISTINCT dialog FROM dialog_words ORDER BY dialog LIMIT 100');
const FORGET = sql('bench.forget-words', 'DELETE FROM dialog_words WHERE dialog = ANY ($1)');
const WRITE = sql('bench.write-words', 'SELECT write_dialog_words(id) FROM unnest($1::uuid[]) AS id');

/** Whether the commands write the same words: for some of the dialogs they are written anew. */
export async function areAsWritten(database: Database): Promise<boolean> {
  const dialogs = (await database.query<{ dialog: string }>(SOME)).map(({ dialog }) => dialog);
  const words = (queries: Queries) => queries.query(SAMPLE, [dialogs]);
  return database.transaction(async (transaction) => {
    const filled = await words(transaction);
    await transaction.query(FORGET, [dialogs]);
    await transaction.query(WRITE, [dialogs]);
    return JSON.stringify(await words(transaction)) === JSON.stringify(filled) && filled.length > 0;
  });
}
