import type { Queries } from '../db/database.ts';
import {
  type Bind,
  conditionsOf,
  leadsOf,
  orderOf,
  rangesOf,
  type Search,
} from './search-condition-queries.ts';
import { placeOf } from './search-order.ts';
import { LISTED, type ListedDialog, type Look, lookAt, statement, walk } from './search-queries.ts';

/** What is looked for in what dialogs say. */
export interface TextSearch {
  /** As web search engines take it: words, "phrases", `or`, and `-` before what must not be said. */
  readonly words: string;
  /** ISO 639-1; undefined for all languages. */
  readonly language: string | undefined;
}

/*
 * Two ways lead to the dialogs that say something, and neither is good for everything. Going through the dialogs in their
 * order and reading what each says is soon done for a word that many say, and never for one that hardly any does. The
 * index of words knows the few at once, but must sort them, which is dear for a word that a million say. So the first
 * look goes through the next couple of hundred, and only what these do not hold is asked of the index.
 */

/** How many dialogs the first look goes through, of all parties together. */
const NEAREST = 200;
/** Parties that the index is asked for by name; beyond, their dialogs are told apart when they are read. */
const MOST_MARKS = 100;

/** The search in the grammar of each language, once for each grammar. */
function wanted({ words, language }: TextSearch, bind: Bind): string {
  const ofLanguage = language === undefined ? '' : `WHERE c.language = ${bind(language)}`;
  return `wanted (configuration, query) AS MATERIALIZED (
    SELECT g.configuration, websearch_to_tsquery(g.configuration, ${bind(words)})
      FROM (SELECT c.configuration FROM text_configurations() c ${ofLanguage}
            UNION SELECT 'pg_catalog.simple') AS g)`;
}

/** Whether a row of words, which is called w, is in a language that is asked for and says what is wanted. */
function says({ language }: TextSearch, bind: Bind): string {
  const spoken = language === undefined ? '' : `AND w.language IN (${bind(language)}, '')`;
  return `EXISTS (SELECT FROM wanted q WHERE q.configuration = w.configuration AND w.words @@ q.query) ${spoken}`;
}

/**
 * Looks through the next dialogs in order for those that say what is wanted. Not by EXISTS: the planner may answer that by
 * reading the words of all dialogs once (dialog_words_pkey is what is to be read).
 */
export async function lookNearby(queries: Queries, search: Search, text: TextSearch): Promise<Look> {
  const { bind, run } = statement(queries);
  const order = orderOf(search.order);
  const leads = leadsOf(search, bind);
  const reach = Math.max(search.limit, Math.ceil(NEAREST / (leads.count || 1)));
  const rows = await run<ListedDialog & { isHit: boolean; isLast: boolean }>(
    `WITH ${wanted(text, bind)}, near AS (${walk(search, leads, { limit: reach, bind })}),
          heard AS (SELECT d.*, row_number() OVER (ORDER BY ${order}) = ${bind(reach)} AS last,
                           (SELECT true FROM dialog_words w
                             WHERE w.dialog = d.id AND ${says(text, bind)} LIMIT 1) IS NOT NULL AS hit
                      FROM near d),
          page AS (SELECT d.* FROM heard d WHERE d.hit OR d.last ORDER BY ${order} LIMIT ${bind(search.limit)})
     SELECT ${LISTED}, d.hit AS "isHit", d.last AS "isLast" FROM page d ORDER BY ${order}`,
  );
  const last = rows.at(-1);
  return {
    found: rows.filter(({ isHit }) => isHit),
    end: last && placeOf(last, search.order),
    more: rows.length === search.limit || last?.isLast === true,
  };
}

/**
 * Asks the index of words (dialog_words_words), for the parties and resources of the search only. Which grammar a row is
 * in shows when it is read: the index is asked for a match in any.
 */
export async function lookUp(queries: Queries, search: Search, text: TextSearch): Promise<Look> {
  const { bind, run } = statement(queries);
  const { party = [], serviceResource = [] } = search.filter;
  // Apart from the words: as one question, the index goes through every entry of every party, however rare the words are.
  const isMarked = party.length > 0 && party.length <= MOST_MARKS;
  const whose = !isMarked ? [] : [`w.words @@ ${bind(lexemes('party', party))}::tsquery`];
  const behind = rangesOf(search, bind).map((range) => `(${range})`);
  const where = ['d.id = h.dialog', ...conditionsOf(search, bind), `(${behind.join(' OR ')})`].join(' AND ');
  const order = orderOf(search.order);
  // OFFSET 0 keeps the planner from turning the look-ups by id into a scan of all dialogs.
  const found = await run<ListedDialog>(
    `WITH ${wanted(text, bind)},
          said (query) AS (
            SELECT ${bind(lexemes('resource', serviceResource))}::tsquery
                     && string_agg(DISTINCT format('(%s)', q.query), ' | ')::tsquery
              FROM wanted q WHERE numnode(q.query) > 0),
          hit AS MATERIALIZED (
            SELECT DISTINCT w.dialog FROM dialog_words w
             WHERE ${['w.words @@ (SELECT said.query FROM said)', ...whose, says(text, bind)].join(' AND ')}),
          page AS (SELECT d.* FROM hit h
                    CROSS JOIN LATERAL (SELECT d.* FROM dialog d WHERE ${where} OFFSET 0) AS d
                    ORDER BY ${order} LIMIT ${bind(search.limit)})
     SELECT ${LISTED} FROM page d ORDER BY ${order}`,
  );
  return lookAt(found, search);
}

/** Any of these marks (migrations/000006), as a tsquery. */
function lexemes(kind: 'party' | 'resource', values: readonly string[]): string {
  const quoted = values.map((value) => `'${`${kind} ${value}`.replaceAll(/['\\]/g, '$&$&')}'`);
  return quoted.length === 0 ? '' : `(${quoted.join(' | ')})`;
}
