-- compatible
-- Motive: searching for what a dialog says. A program from before this writes no words: what it writes meanwhile is found
-- by its text only after the next change of that text.

-- What PostgreSQL calls the grammar of a language (ISO 639-1). Languages without one are taken word by word.
CREATE FUNCTION text_configurations() RETURNS TABLE (language text, configuration regconfig) LANGUAGE sql STABLE AS $$
  VALUES ('nb', 'pg_catalog.norwegian'::regconfig), ('nn', 'pg_catalog.norwegian'), ('en', 'pg_catalog.english'),
         ('ar', 'pg_catalog.arabic'), ('da', 'pg_catalog.danish'), ('de', 'pg_catalog.german'),
         ('el', 'pg_catalog.greek'), ('es', 'pg_catalog.spanish'), ('fi', 'pg_catalog.finnish'),
         ('fr', 'pg_catalog.french'), ('hu', 'pg_catalog.hungarian'), ('it', 'pg_catalog.italian'),
         ('lt', 'pg_catalog.lithuanian'), ('nl', 'pg_catalog.dutch'), ('pt', 'pg_catalog.portuguese'),
         ('ro', 'pg_catalog.romanian'), ('ru', 'pg_catalog.russian'), ('sv', 'pg_catalog.swedish'),
         ('ta', 'pg_catalog.tamil'), ('tr', 'pg_catalog.turkish')
$$;

-- The words of a dialog, a row for each language that it speaks; '' when it has search tags and no text.
--
-- A table of its own, because a dialog is written more often than its texts change, and the index of words is the dearest
-- of all. Beside the words stand two that no text can have, since words hold no space: whose the dialog is, `party urn:…`,
-- and what it is about, `resource urn:…`. So one index finds a word among the dialogs of one party, however many others
-- say the same.
CREATE TABLE dialog_words (
  dialog         uuid      NOT NULL REFERENCES dialog ON DELETE CASCADE,
  language       text      NOT NULL,
  configuration  regconfig NOT NULL,
  words          tsvector  NOT NULL,
  PRIMARY KEY (dialog, language)
);
-- Without fastupdate: a search reads no list of what has not been sorted in, and no writer sorts in for all others.
CREATE INDEX dialog_words_words ON dialog_words USING gin (words) WITH (fastupdate = off);

-- Every text of a document, with its language. Addresses and the names of buttons are none.
CREATE FUNCTION texts_of(p_document jsonb) RETURNS TABLE (language text, value text) LANGUAGE sql IMMUTABLE AS $$
  SELECT t ->> 'languageCode', t ->> 'value'
    FROM jsonb_path_query(p_document - '{guiActions,apiActions,navigationalActions}'::text[]
                          #- '{content,mainContentReference}' #- '{content,contentReference}',
                          'strict $.** ? (exists (@.languageCode))') AS t
$$;

-- Writes the words of a dialog anew, from everything that it says by now: its own texts, those of its attachments,
-- transmissions and activities, and its search tags, which count in every language. Called behind whatever changes them,
-- in the same transaction. The words of the first 100,000 characters of each language: a tsvector holds a megabyte, and a
-- write must not fail for a text that is long. The dialog's own come first, then the newest transmissions.
CREATE FUNCTION write_dialog_words(p_dialog uuid) RETURNS void LANGUAGE sql VOLATILE AS $$
  WITH part AS (
    SELECT 'infinity'::timestamptz AS at, d.document FROM dialog d WHERE d.id = p_dialog
    UNION ALL SELECT t.created_at, t.document FROM transmission t WHERE t.dialog = p_dialog
    UNION ALL SELECT a.created_at, a.document FROM activity a WHERE a.dialog = p_dialog),
  tag AS (
    SELECT string_agg(t ->> 'value', ' ') AS value
      FROM dialog d, jsonb_array_elements(d.document -> 'searchTags') t WHERE d.id = p_dialog),
  said AS (
    SELECT t.language, left(concat_ws(' ', (SELECT g.value FROM tag g), string_agg(t.value, ' ' ORDER BY p.at DESC)), 100000) AS value
      FROM part p, texts_of(p.document) t GROUP BY t.language),
  spoken AS (
    SELECT s.language, s.value FROM said s
    UNION ALL SELECT '', g.value FROM tag g WHERE g.value IS NOT NULL AND NOT EXISTS (SELECT FROM said)),
  silenced AS (
    DELETE FROM dialog_words w WHERE w.dialog = p_dialog AND w.language NOT IN (SELECT s.language FROM spoken s))
  INSERT INTO dialog_words AS known (dialog, language, configuration, words)
  SELECT d.id, s.language, g.configuration,
         to_tsvector(g.configuration, s.value)
           || array_to_tsvector(ARRAY['party ' || d.party, 'resource ' || d.service_resource])
    FROM dialog d, spoken s LEFT JOIN text_configurations() c USING (language),
         LATERAL (SELECT coalesce(c.configuration, 'pg_catalog.simple') AS configuration) g
   WHERE d.id = p_dialog
  ON CONFLICT (dialog, language) DO UPDATE SET configuration = EXCLUDED.configuration, words = EXCLUDED.words
   WHERE (known.configuration, known.words) IS DISTINCT FROM (EXCLUDED.configuration, EXCLUDED.words)
$$;

SELECT write_dialog_words(d.id) FROM dialog d;
