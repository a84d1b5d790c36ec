import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { ownerCaller } from '../../src/dialogs/caller.ts';
import { searchForOwner } from '../../src/dialogs/search.ts';
import { openDatabase } from '../support/database.ts';
import {
  type AppUnderTest,
  create,
  dialogBody,
  type Name,
  openApp,
  plain,
} from '../support/dialog-client.ts';
import { CORRESPONDENCE, OWNER, PARTY, READER, RESOURCE, STRANGER } from '../support/dialogs.ts';
import { eventsOf, shortTypes } from '../support/event-log.ts';

interface Item {
  readonly id: string;
  readonly contentUpdatedAt: string;
  readonly dueAt?: string;
}

interface Page {
  readonly items: Item[];
  readonly hasNextPage: boolean;
  readonly continuationToken?: string;
  readonly orderBy: string;
  readonly errors?: Record<string, string[]>;
}

let app: AppUnderTest;
const ids: string[] = [];
const OTHER_PARTY = 'urn:altinn:organization:identifier-no:311102079';

beforeAll(async () => {
  app = await openApp();
  const bodies = [
    { externalReference: 'a', status: 'Draft', dueAt: '2099-02-01T00:00:00Z', progress: 1 },
    { extendedStatus: 'venter', process: 'urn:p:1', isApiOnly: true },
    { dueAt: '2099-01-01T00:00:00Z', systemLabel: 'Archive' },
    {
      serviceOwnerContext: { serviceOwnerLabels: [{ value: 'haster' }, { value: 'ansvar:kari' }] },
      content: {
        title: plain('Hemmelig'),
        nonSensitiveTitle: plain('Brev'),
        nonSensitiveSummary: plain('x'),
      },
    },
    { attachments: [{ urls: [{ url: 'https://example.no/a', consumerType: 'Gui' }] }] },
  ];
  for (const body of bodies) ids.push(await create(app, body));
});
afterAll(() => app[Symbol.asyncDispose]());

/** Copies of one dialog for another party, more than one page looks at. */
const many = sql(
  'test.many-dialogs',
  `INSERT INTO dialog SELECT (jsonb_populate_record(d, jsonb_build_object(
            'id', gen_random_uuid(), 'party', $2::text, 'idempotent_key', NULL))).*
     FROM dialog d, generate_series(1, 6000) WHERE d.id = $1`,
);

const search = (query: string, as: Name = 'searcher') =>
  app.send<Page>('GET', `/${as === 'searcher' ? 'serviceowner' : 'enduser'}/dialogs?${query}`, { as });
const found = async (query: string, as?: Name) => {
  const { status, body } = await search(query, as);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body.items.map(({ id }) => ids.indexOf(id));
};

describe('a service owner’s search', () => {
  test('lists its own dialogs, the one with the newest content first', async () => {
    expect(await found('')).toEqual([4, 3, 2, 1, 0]);
    const { body } = await search('limit=1');
    expect(body.orderBy).toBe('contentUpdatedAt_desc,id_desc');
    const others = await app.send<Page>('GET', '/serviceowner/dialogs', { as: 'otherOwner' });
    expect(others.body.items).toEqual([]);
  });

  test('needs its own scope', async () => {
    expect((await app.send('GET', '/serviceowner/dialogs', { as: 'owner' })).status).toBe(403);
  });

  test.each([
    [`party=${PARTY.toUpperCase()}`, [4, 3, 2, 1, 0]],
    [`party=${OTHER_PARTY}`, []],
    [`serviceResource=${RESOURCE}&party=${PARTY}`, [4, 3, 2, 1, 0]],
    [`serviceResource=${CORRESPONDENCE}`, []],
    ['externalReference=a', [0]],
    ['status=draft&status=Completed', [0]],
    ['extendedStatus=venter&extendedStatus=annet', [1]],
    ['process=urn:p:1', [1]],
    ['excludeApiOnly=TRUE', [4, 3, 2, 0]],
    ['systemLabel=Archive', [2]],
    ['systemLabel=Archive&systemLabel=Bin&systemLabel=Default', [4, 3, 2, 1, 0]],
    ['dueAfter=2099-01-15T00:00:00Z', [0]],
    ['dueBefore=2099-01-01T01:00:00%2B01:00', [2]],
    ['dueBefore=2099-01-01T01:00:00+01:00', [2]],
    ['serviceOwnerLabels=Haster&serviceOwnerLabels=ansvar*', [3]],
    ['serviceOwnerLabels=haster&serviceOwnerLabels=borte', []],
    ['serviceOwnerLabels=h%25', []],
    ['isContentSeen=true', []],
    ['isContentSeen=false', [4, 3, 2, 1, 0]],
    ['createdAfter=2000-01-01T00:00:00Z&createdBefore=2099-01-01T00:00:00Z', [4, 3, 2, 1, 0]],
    ['updatedBefore=2000-01-01T00:00:00Z', []],
    ['visibleAfter=2000-01-01T00:00:00Z', []],
    ['orderBy=createdAt_asc', [0, 1, 2, 3, 4]],
    ['orderBy=dueat_asc,createdat_asc', [2, 0, 1, 3, 4]],
    ['orderBy=dueat,createdat', [4, 3, 1, 0, 2]],
    ['ORDERBY=createdAt_asc&LIMIT=2', [0, 1]],
  ])('by %s', async (query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  test.each([
    ['orderBy=createdAt_asc'],
    ['orderBy=dueAt_asc'],
    ['orderBy=dueAt_desc,createdAt_asc'],
    [`party=${PARTY}&party=${OTHER_PARTY}&orderBy=contentUpdatedAt`],
  ])('goes on from page to page without a gap: %s', async (query) => {
    const whole = await found(query);
    const read: number[] = [];
    let token = '';
    for (let pages = 0; pages < 10; pages++) {
      const { body } = await search(`${query}&limit=2${token && `&continuationToken=${token}`}`);
      read.push(...body.items.map(({ id }) => ids.indexOf(id)));
      token = encodeURIComponent(body.continuationToken ?? '');
      if (!body.hasNextPage) break;
    }
    expect(read).toEqual(whole);
  });

  test('has tokens that say where the page ended', async () => {
    const { body } = await search('limit=2');
    const [, last] = body.items;
    expect(body.continuationToken).toBe(`contentupdatedat_${last!.contentUpdatedAt},id_${last!.id}`);
    const due = await search('orderBy=dueAt_asc&limit=3');
    expect(due.body.continuationToken).toBe(`dueat_,id_${due.body.items[2]!.id}`);
  });

  test('echoes the token when nothing is left', async () => {
    const token = `contentupdatedat_2000-01-01T00:00:00.0000000Z,id_${ids[0]}`;
    const { body } = await search(`continuationToken=${token}`);
    expect(body).toEqual({
      items: [],
      hasNextPage: false,
      continuationToken: token,
      orderBy: 'contentUpdatedAt_desc,id_desc',
    });
  });

  test.each([
    ['orderBy=title_asc', 'orderBy'],
    ['orderBy=createdAt_asc,createdAt_desc', 'orderBy'],
    ['orderBy=dueAt&continuationToken=createdat_x,id_y', 'continuationToken'],
    ['continuationToken=contentupdatedat_yesterday,id_1', 'continuationToken'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=many', 'limit'],
    ['createdAfter=yesterday', 'createdAfter'],
    ['status=Lost', 'status[0]'],
    ['isContentSeen=perhaps', 'isContentSeen'],
    [Array.from({ length: 21 }, (_, index) => `party=${index}`).join('&'), 'party'],
    [`endUserId=${READER.urn}`, 'party'],
  ])('refuses %s', async (query, parameter) => {
    const { status, body } = await search(query);
    expect([status, Object.keys(body.errors ?? {})]).toEqual([400, [parameter]]);
  });

  test('leaves deleted dialogs out unless asked', async () => {
    const id = await create(app, { externalReference: 'deleted' });
    await app.send('DELETE', `/serviceowner/dialogs/${id}`);
    const list = async (deleted: string) =>
      (await search(`externalReference=deleted${deleted}`)).body.items.map((item) => item.id);
    expect(await list('')).toEqual([]);
    expect(await list('&deleted=Include')).toEqual([id]);
    expect(await list('&deleted=only')).toEqual([id]);
    expect(await list('&deleted=Exclude')).toEqual([]);
  });

  test('is refused as too broad when it takes longer than a statement may', async () => {
    await using hurried = openDatabase(app.url, { statementTimeout: 50 });
    const caller = ownerCaller(OWNER.identity());
    const dialogs = { ...app.dialogs, database: hurried };
    // Connected before, so that the lock is held no longer than the search takes.
    await hurried.query(sql('', 'SELECT 1'));
    await app.database.transaction(async (transaction) => {
      await transaction.query(sql('', 'LOCK TABLE dialog'));
      const searching = searchForOwner(dialogs, { caller, identity: OWNER.identity(), filter: {} });
      await expect(searching).rejects.toMatchObject({ code: 'rule-broken' });
    });
  });

  test('on behalf of a person shows what that person may see', async () => {
    expect(await found(`party=${PARTY}&endUserId=${READER.urn}`)).toEqual([4, 3, 2, 1, 0]);
    expect(await found(`party=${PARTY}&endUserId=${STRANGER.urn}`)).toEqual([]);
  });

  test('shows in a list what its schema says', async () => {
    const { body } = await search(`party=${PARTY}&serviceOwnerLabels=haster`);
    expect(body.items[0]).toMatchObject({
      content: { title: plain('Hemmelig'), nonSensitiveTitle: plain('Brev') },
      serviceOwnerContext: { serviceOwnerLabels: [{ value: 'haster' }, { value: 'ansvar:kari' }] },
      guiAttachmentCount: 0,
    });
    const [attached] = (await search('limit=1')).body.items;
    expect(attached).toMatchObject({ guiAttachmentCount: 1 });
  });
});

describe('an end user’s search', () => {
  test('shows what the caller may see and notes nothing as seen', async () => {
    expect(await found(`party=${PARTY}`, 'reader')).toEqual([4, 3, 2, 1, 0]);
    expect(await found(`party=${PARTY}&org=ttd`, 'reader')).toHaveLength(5);
    expect(await found(`party=${PARTY}&org=skd`, 'reader')).toEqual([]);
    expect(await found(`party=${PARTY}`, 'stranger')).toEqual([]);
    expect(shortTypes(await eventsOf(app.database, ids[0]!))).toEqual(['created']);
  });

  test('asks for each pair of party and resource once', async () => {
    const before = app.table.asked.length;
    await found(`party=${PARTY}&limit=2`, 'reader');
    expect(app.table.asked.length - before).toBe(1);
  });

  test('must name a party or a resource', async () => {
    const { status, body } = await search('', 'reader');
    expect([status, Object.keys(body.errors ?? {})]).toEqual([400, ['party']]);
  });

  test('shows neither deleted, nor held back, nor expired dialogs', async () => {
    const made = [
      await create(app, { externalReference: 'hidden' }),
      await create(app, { externalReference: 'hidden', visibleFrom: '2099-01-01T00:00:00Z' }),
    ];
    await app.send('DELETE', `/serviceowner/dialogs/${made[0]}`);
    await app.send('POST', '/serviceowner/dialogs?isSilentUpdate=true', {
      body: dialogBody({ externalReference: 'hidden', expiresAt: '2020-01-01T00:00:00Z' }),
    });
    expect((await search(`party=${PARTY}&externalReference=hidden`, 'reader')).body.items).toEqual([]);
    const owned = await search('externalReference=hidden&deleted=Include');
    expect(owned.body.items).toHaveLength(3);
  });

  test('ends its page, with a place to go on from, when too much must be passed over', async () => {
    const party = 'urn:altinn:organization:identifier-no:313211452';
    await app.database.query(many, [ids[0], party]);
    const asked = app.table.asked.length;
    const first = await search(`party=${party}&limit=1`, 'stranger');
    expect(first.body).toMatchObject({ items: [], hasNextPage: true });
    expect(app.table.asked.length - asked).toBe(1);
    const token = encodeURIComponent(first.body.continuationToken ?? '');
    const second = await search(`party=${party}&limit=1&continuationToken=${token}`, 'stranger');
    expect(second.body).toMatchObject({ items: [], hasNextPage: false });
  });

  test('goes past what the caller may not see to fill the page', async () => {
    app.table.permit({ subject: STRANGER.urn, action: 'read', resource: RESOURCE, party: OTHER_PARTY });
    const seen = await create(app, { party: OTHER_PARTY });
    const { body } = await search(
      `party=${PARTY}&party=${OTHER_PARTY}&orderBy=createdAt_asc&limit=1`,
      'stranger',
    );
    expect(body.items.map(({ id }) => id)).toEqual([seen]);
    expect(body.hasNextPage).toBe(false);
  });

  test('of a resource is one of all parties that the caller may act for, and of nobody else', async () => {
    const before = app.table.asked.length;
    expect((await found(`serviceResource=${RESOURCE}`, 'reader')).length).toBeGreaterThan(0);
    expect(await found(`serviceResource=${RESOURCE}`, 'stranger')).toEqual([]);
    expect(new Set(app.table.asked.slice(before).map(({ party }) => party))).toEqual(new Set([PARTY]));
  });

  test('shows a dialog that was delegated alone, and asks about no other', async () => {
    const party = 'urn:altinn:organization:identifier-no:313872076';
    const [one, other] = [await create(app, { party }), await create(app, { party })];
    app.table.permit({ subject: STRANGER.urn, action: 'read', resource: RESOURCE, party, instance: one });
    app.catalogue.list(STRANGER.urn, party, [{ resource: RESOURCE, instance: one }]);
    const before = app.table.asked.length;
    const { body } = await search(`party=${party}`, 'stranger');
    expect(body.items.map(({ id }) => id)).toEqual([one]);
    const asked = app.table.asked.slice(before).map(({ instance }) => instance);
    expect(asked).toEqual([undefined, one]);
    expect(asked).not.toContain(other);
  });

  test('shows the texts that are not sensitive when the authentication level is too low', async () => {
    const party = 'urn:altinn:organization:identifier-no:312548909';
    app.table.permit({ subject: READER.urn, action: 'read', resource: RESOURCE, party, level: 4 });
    const content = { title: plain('Diagnose'), summary: plain('Alt'), nonSensitiveTitle: plain('Brev') };
    const id = await create(app, { party, content });
    const { body } = await search(`party=${party}`, 'reader');
    expect(body.items).toMatchObject([{ id, content: { title: plain('Brev'), summary: plain('Alt') } }]);
    const opened = await app.send<{ code: string }>('GET', `/enduser/dialogs/${id}`);
    expect([opened.status, opened.body.code]).toEqual([403, 'level-too-low']);
  });

  test('chooses the language that is wanted most', async () => {
    const value = [
      { languageCode: 'nb', value: 'Brev' },
      { languageCode: 'en', value: 'Letter' },
    ];
    const id = await create(app, { externalReference: 'two', content: { title: { value } } });
    const titles = async (language: string) => {
      const { body } = await app.send<{ items: { content: unknown }[] }>(
        'GET',
        `/enduser/dialogs?party=${PARTY}&externalReference=two`,
        { headers: { 'accept-language': language } },
      );
      return body.items[0]!.content;
    };
    expect(await titles('en-GB, nb;q=0.5')).toMatchObject({ title: { value: [value[1]] } });
    expect(await titles('fr;q=0.9, nb;q=0.5')).toMatchObject({ title: { value: [value[0]] } });
    expect(await titles('de')).toMatchObject({ title: { value: [value[0]] } });
    expect(id).toHaveLength(36);
  });
});
