import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Queries, type Session, sql } from '../../src/db/database.ts';
import { createDialog } from '../../src/dialogs/create.ts';
import { ownerCaller } from '../../src/dialogs/caller.ts';
import type { CreateInput } from '../../src/dialogs/input.ts';
import type { DialogsOptions } from '../../src/dialogs/options.ts';
import {
  type EndUserSearch,
  type OwnerSearch,
  searchForEndUser,
  searchForOwner,
} from '../../src/dialogs/search.ts';
import { newestLabelled, resourcesInUse } from '../../src/dialogs/lookup-queries.ts';
import { fromEpoch, wallClock } from '../../src/lib/time.ts';
import { dialogBody } from '../support/dialog-client.ts';
import { type DialogsUnderTest, OWNER, openDialogs, PARTY, READER, RESOURCE } from '../support/dialogs.ts';

const DIALOGS = 3000;
const RESOURCES = 10;
const PARTIES = [PARTY, `${PARTY}1`];

/** Dialog n belongs to one of two parties and of ten resources; every thousandth has what few have. */
const FILL = `INSERT INTO dialog SELECT (jsonb_populate_record(d, jsonb_build_object(
    'id', overlay(gen_random_uuid()::text PLACING '0190' FROM 1),
    'party', CASE WHEN n % 2 = 0 THEN d.party ELSE d.party || n % 2 END,
    'service_resource', CASE WHEN n % ${RESOURCES} = 0 THEN d.service_resource ELSE d.service_resource || n % ${RESOURCES} END,
    'external_reference', 'case-' || n,
    'status', CASE WHEN n % 1000 = 0 THEN 'Draft' ELSE d.status END,
    'process', 'urn:process:' || n / 10,
    'extended_status', CASE WHEN n % 1000 = 0 THEN 'rare' ELSE 'frequent' END,
    'owner_labels', CASE WHEN n % 1000 = 0 THEN '["rare", "frequent"]' ELSE '["frequent"]' END::jsonb,
    'deleted_at', CASE WHEN n % 1000 = 500 THEN d.created_at END,
    'document', jsonb_set(d.document, '{content,title,value,0,value}',
                          to_jsonb(concat_ws(' ', 'vanlig', CASE WHEN n >= 2400 AND n % 300 = 0 THEN 'sjelden' END))),
    'due_at', CASE WHEN n <= 100 THEN d.created_at + n * interval '1 minute' END, 'created_at', d.created_at - n * interval '1 second',
    'updated_at', d.updated_at - n * interval '1 second',
    'content_updated_at', d.content_updated_at - n * interval '1 second'))).*
  FROM dialog d, generate_series(1, ${DIALOGS}) n`;

let under: DialogsUnderTest;
let session: Session;
let dialogs: DialogsOptions;

beforeAll(async () => {
  under = await openDialogs();
  const { database } = under;
  const input = { ...dialogBody(), idempotentKey: undefined } as unknown as CreateInput;
  const caller = ownerCaller(OWNER.identity());
  await createDialog(under.dialogs, { caller, input, silent: true, trace: null });
  await database.query(sql('', FILL));
  await database.query(sql('', 'SELECT write_dialog_words(id) FROM dialog'));
  await database.query(sql('', 'VACUUM (ANALYZE) dialog, dialog_words, activity, seen_log'));
  const resources = Array.from({ length: RESOURCES }, (_, number) => `${RESOURCE}${number || ''}`);
  for (const resource of resources) {
    for (const party of PARTIES) {
      under.table.permit({ subject: READER.urn, action: 'read', resource, party });
    }
  }
  session = await database.session('reader');
  const counted: Queries = { query: (statement, values) => session.query(statement, values) };
  dialogs = { ...under.dialogs, database: Object.assign(Object.create(database), counted) };
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await under[Symbol.asyncDispose]();
});

const SCANS = sql(
  'test.scans',
  `SELECT c.relname AS name, pg_stat_get_xact_tuples_returned(c.oid)::int AS reads
     FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
    WHERE i.indrelid IN ('dialog'::regclass, 'dialog_words'::regclass) AND pg_stat_get_xact_numscans(c.oid) > 0
   UNION ALL
   SELECT s.relname || ' from end to end', s.seq_tup_read::int FROM pg_stat_xact_user_tables s
    WHERE s.relname IN ('dialog', 'dialog_words') AND s.seq_scan > 0`,
);
/** What a backend has counted goes to the statistics at the end of this, so that the next transaction counts from 0. */
const FLUSH = sql('', 'SELECT pg_stat_force_next_flush()');

type Search = () => Promise<{ readonly items: readonly object[] }>;

const byOwner = (more: Partial<OwnerSearch> = {}): Search => {
  const identity = OWNER.identity();
  const search = { caller: ownerCaller(identity), identity, filter: {}, limit: 10, ...more };
  return () => searchForOwner(dialogs, search);
};
const byReader = (party: readonly string[], more: Partial<EndUserSearch> = {}): Search => {
  const search = { identity: READER.identity(), filter: { party }, languages: undefined, limit: 10, ...more };
  return () => searchForEndUser(dialogs, search);
};

/** What a search reads, by index. */
async function readsOf(search: Search): Promise<Record<string, number>> {
  await session.query(FLUSH);
  await session.query(sql('', 'BEGIN'));
  const { items } = await search();
  const scans = await session.query<{ name: string; reads: number }>(SCANS);
  await session.query(sql('', 'COMMIT'));
  expect(items.length).toBeGreaterThan(0);
  return Object.fromEntries(scans.filter(({ reads }) => reads > 0).map(({ name, reads }) => [name, reads]));
}

/** In the middle of the ids of dialogs that the filling makes. */
const MIDDLE_ID = '01908000-0000-7000-8000-000000000000';
/** Half of the dialogs are older than this. */
const earlier = fromEpoch(wallClock() - DIALOGS * 500);

/** Either stands in order where the first key is fixed. */
const EITHER_DUE = { dialog_owner_due: 13, dialog_owner_due_ascending: 13 };

/** Each search, the indexes that it may read, and how many entries of them for a page of ten. */
const SEARCHES: Readonly<Record<string, readonly [search: Search, reads: Record<string, number>]>> = {
  'of a party': [byReader([PARTY]), { dialog_party: 11 }],
  'of two parties': [byReader(PARTIES), { dialog_party: 22 }],
  'of a party, by a rare status': [
    byReader([PARTY], { filter: { party: [PARTY], status: ['Draft'] } }),
    { dialog_party: 3 },
  ],
  'of a resource that one of two parties has nothing of': [
    byReader([], { filter: { party: PARTIES, serviceResource: [`${RESOURCE}1`] } }),
    { dialog_party_resource: 11 },
  ],
  'of a resource': [byOwner({ filter: { serviceResource: [RESOURCE] } }), { dialog_resource: 12 }],
  'of an owner': [byOwner(), { dialog_owner: 13 }],
  'of an owner, by updatedAt': [byOwner({ orderBy: 'updatedAt_desc' }), { dialog_owner_updated: 15 }],
  'of an owner, the oldest first': [byOwner({ orderBy: 'updatedAt_asc' }), { dialog_owner_updated: 15 }],
  'of an owner, by createdAt': [byOwner({ orderBy: 'createdAt_asc' }), { dialog_owner_created: 15 }],
  'of an owner, by dueAt': [byOwner({ orderBy: 'dueAt_asc' }), EITHER_DUE],
  'of an owner, by dueAt, the latest first': [byOwner({ orderBy: 'dueAt_desc' }), EITHER_DUE],
  'of an owner, from the middle on': [
    byOwner({ continuationToken: `contentupdatedat_${earlier},id_${MIDDLE_ID}` }),
    { dialog_owner: 13 },
  ],
  'of an owner, among those due at the same time': [
    byOwner({ orderBy: 'dueAt_asc', continuationToken: `dueat_,id_${MIDDLE_ID}` }),
    EITHER_DUE,
  ],
  'by external reference': [
    byOwner({ filter: { externalReference: 'case-77' } }),
    { dialog_external_reference: 1 },
  ],
  'by process': [byOwner({ filter: { process: 'urn:process:77' } }), { dialog_process: 10 }],
  'by a rare status': [byOwner({ filter: { extendedStatus: ['rare'] } }), { dialog_extended_status: 6 }],
  'by a rare label': [byOwner({ filter: { serviceOwnerLabels: ['rare'] } }), { dialog_owner_labels: 6 }],
  'of one dialog, by its label': [
    async () => ({ items: [{ id: await newestLabelled(dialogs.database, 'rare', undefined) }] }),
    { dialog_owner_labels: 6 },
  ],
  'of the resources in use': [
    async () => ({ items: [await resourcesInUse(dialogs.database)] }),
    { dialog_resource: 6 },
  ],
  'of what is deleted': [byOwner({ deleted: 'Only' }), { dialog_deleted: 6 }],
  'by a word that many say': [
    byReader([PARTY], { search: 'vanlig' }),
    { dialog_party: 201, dialog_words_pkey: 201 },
  ],
  'by a word that few say': [
    byReader([PARTY], { search: 'sjelden' }),
    { dialog_party: 201, dialog_pkey: 3, dialog_words_pkey: 201, dialog_words_words: 3 },
  ],
};

/** Entries of rows that are gone count too. */
const SLACK = 5;

test.each(Object.entries(SEARCHES))(
  'a list %s reads indexes of its own, and little of them',
  async (_, [search, reads]) => {
    const most = new Map(Object.entries(reads).map(([index, entries]) => [index, entries + SLACK]));
    const read = Object.entries(await readsOf(search));
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter(([index, entries]) => entries > (most.get(index) ?? 0))).toEqual([]);
  },
);
