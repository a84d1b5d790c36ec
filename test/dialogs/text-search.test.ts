import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/database.ts';
import { type AppUnderTest, create, openApp, plain } from '../support/dialog-client.ts';
import { PARTY, READER, RESOURCE } from '../support/dialogs.ts';

interface Page {
  readonly items: { readonly id: string }[];
  readonly hasNextPage: boolean;
  readonly continuationToken?: string;
  readonly errors?: Record<string, string[]>;
}

const texts = (byLanguage: Record<string, string>) => ({
  value: Object.entries(byLanguage).map(([languageCode, value]) => ({ languageCode, value })),
});
const url = { url: 'https://example.no/vedlegg', consumerType: 'Gui' };
const owner = { actorType: 'ServiceOwner' };

/** Each is found by what stands in one place only. */
const DIALOGS = {
  permit: {
    content: {
      title: texts({ nb: 'Søknad om skjenkebevilling', en: 'Application for a liquor licence' }),
      summary: plain('Søknaden ligger til behandling'),
      senderName: plain('Fjordheim kommune'),
      additionalInfo: { ...plain('Se **forskriften** om åpningstider'), mediaType: 'text/markdown' },
      extendedStatus: plain('Mottatt'),
    },
    searchTags: [{ value: 'Serveringssted' }, { value: 'AR-4711' }],
    guiActions: [{ action: 'open', url: url.url, priority: 'Primary', title: plain('Gulrot').value }],
  },
  letter: {
    content: { title: plain('Brev'), nonSensitiveTitle: plain('Post') },
    attachments: [{ displayName: plain('Kvittering').value, urls: [url] }],
    transmissions: [
      {
        type: 'Information',
        sender: owner,
        content: { title: plain('Purringer er sendt'), summary: plain('Fristen er ute') },
        attachments: [{ displayName: plain('Betalingsinformasjon').value, urls: [url] }],
      },
    ],
    activities: [{ type: 'Information', performedBy: owner, description: plain('Saken er overført').value }],
  },
  apiOnly: { isApiOnly: true, content: undefined, searchTags: [{ value: 'maskinlest' }] },
  sami: { content: { title: texts({ se: 'Ohcamuš vuođđudit' }) } },
};

let app: AppUnderTest;
const ids = new Map<string, string>();

beforeAll(async () => {
  app = await openApp();
  for (const [name, body] of Object.entries(DIALOGS)) ids.set(name, await create(app, body));
});
afterAll(() => app[Symbol.asyncDispose]());

const encode = encodeURIComponent;
const search = (text: string, more = '') =>
  app.send<Page>('GET', `/enduser/dialogs?party=${PARTY}&search=${encode(text)}${more}`);
const found = async (text: string, more?: string) => {
  const { status, body } = await search(text, more);
  if (status !== 200) throw new Error(JSON.stringify(body));
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  return body.items.map(({ id }) => names.get(id) ?? id).toSorted();
};

describe('a search for a text finds', () => {
  test.each([
    ['a word of the title', 'skjenkebevilling', 'permit'],
    ['any letter case', 'SKJENKEBEVILLING', 'permit'],
    ['another form of the word', 'søknader', 'permit'],
    ['the summary', 'behandling', 'permit'],
    ['the sender', 'Fjordheim', 'permit'],
    ['further information, without its markup', 'forskriften', 'permit'],
    ['the extended status', 'mottatt', 'permit'],
    ['a search tag', 'serveringssted', 'permit'],
    ['a search tag that is no word', 'AR-4711', 'permit'],
    ['words that stand in different places', 'skjenkebevilling Fjordheim serveringssted', 'permit'],
    ['another language', 'licences', 'permit'],
    ['a text that may be shown at any level', 'Post', 'letter'],
    ['an attachment', 'kvitteringen', 'letter'],
    ['a transmission', 'purring', 'letter'],
    ['an attachment of a transmission', 'betalingsinformasjon', 'letter'],
    ['an activity', 'overført', 'letter'],
    ['a search tag where there is no text', 'maskinlest', 'apiOnly'],
    ['a language that PostgreSQL has no grammar for', 'vuođđudit', 'sami'],
    ['a phrase', '"ligger til behandling"', 'permit'],
  ])('%s', async (_, text, name) => {
    expect(await found(text)).toEqual([name]);
  });

  test.each([
    ['one of several', 'skjenkebevilling or kvittering', ['letter', 'permit']],
    ['what does not say something', 'skjenkebevilling -Fjordheim', []],
    ['nothing by words that stand in different dialogs', 'skjenkebevilling kvittering', []],
    ['nothing by words in another order than the phrase', '"behandling ligger"', []],
    ['nothing by the name of a button', 'gulrot', []],
    ['nothing by an address', 'example.no', []],
    ['nothing by words that say nothing', 'om til og', []],
    ['nothing by the mark of a party', `party ${PARTY}`, []],
    ['nothing by signs that mean something to PostgreSQL', `') | ('a' & !`, []],
  ])('%s', async (_, text, names) => {
    expect(await found(text)).toEqual(names);
  });
});

test('a search in one language leaves the texts of others out, and search tags in', async () => {
  expect(await found('licence', '&searchLanguageCode=en')).toEqual(['permit']);
  expect(await found('licence', '&searchLanguageCode=nb')).toEqual([]);
  expect(await found('skjenkebevilling', '&searchLanguageCode=NB-no')).toEqual(['permit']);
  expect(await found('serveringssted', '&searchLanguageCode=en')).toEqual(['permit']);
  expect(await found('maskinlest', '&searchLanguageCode=en')).toEqual(['apiOnly']);
  expect(await found('vuođđudit', '&searchLanguageCode=se')).toEqual(['sami']);
});

test.each([
  ['search=ab', 'search'],
  ['search=%20%20ab%20', 'search'],
  ['search=brev&searchLanguageCode=no', 'searchLanguageCode'],
  ['search=brev&searchLanguageCode=norsk', 'searchLanguageCode'],
  [`search=${'a'.repeat(1024)}`, 'search'],
])('%s is refused', async (query, parameter) => {
  const { status, body } = await app.send<Page>('GET', `/enduser/dialogs?party=${PARTY}&${query}`);
  expect([status, Object.keys(body.errors ?? {})]).toEqual([400, [parameter]]);
});

test('who may act for nobody finds nothing', async () => {
  const query = `serviceResource=${RESOURCE}&search=kvittering`;
  const { status, body } = await app.send<Page>('GET', `/enduser/dialogs?${query}`, { as: 'stranger' });
  expect([status, body.items]).toEqual([200, []]);
});

test('a service owner searches for texts on behalf of an end user only', async () => {
  const ask = (more: string) =>
    app.send<Page>('GET', `/serviceowner/dialogs?search=kvittering${more}`, { as: 'searcher' });
  const alone = await ask('');
  expect([alone.status, Object.keys(alone.body.errors ?? {})]).toEqual([400, ['search']]);
  const { body } = await ask(`&serviceResource=${RESOURCE}&endUserId=${READER.urn}`);
  expect(body.items.map(({ id }) => id)).toEqual([ids.get('letter')]);
});

describe('what a dialog says is found', () => {
  test('by its new words, and no longer by its old ones, as soon as it has changed', async () => {
    const id = await create(app, { content: { title: texts({ nb: 'Kornblomst', en: 'Cornflower' }) } });
    ids.set('changing', id);
    const patch = (path: string, value: unknown) =>
      app.send('PATCH', `/serviceowner/dialogs/${id}`, { body: [{ op: 'replace', path, value }] });
    expect(await found('cornflower')).toEqual(['changing']);
    await patch('/content/title', plain('Løvetann'));
    expect(await found('kornblomst')).toEqual([]);
    expect(await found('cornflower')).toEqual([]);
    expect(await found('løvetann')).toEqual(['changing']);
    await patch('/searchTags', [{ value: 'ugress' }]);
    expect(await found('ugress løvetann')).toEqual(['changing']);
  });

  test('by what was appended to it', async () => {
    const id = await create(app);
    ids.set('growing', id);
    await app.send('POST', `/serviceowner/dialogs/${id}/transmissions`, {
      body: { type: 'Information', sender: owner, content: { title: plain('Blåveis') } },
    });
    await app.send('POST', `/serviceowner/dialogs/${id}/activities`, {
      body: { type: 'Information', performedBy: owner, description: plain('Hestehov').value },
    });
    expect(await found('blåveis hestehov skattemelding')).toEqual(['growing']);
  });

  test('by a transmission as it was mended', async () => {
    const id = await create(app, {
      transmissions: [{ type: 'Information', sender: owner, content: { title: plain('Marikåpe') } }],
    });
    ids.set('mended', id);
    const transmissions = await app.send<{ id: string }[]>(
      'GET',
      `/serviceowner/dialogs/${id}/transmissions`,
    );
    await app.send('PUT', `/serviceowner/dialogs/${id}/transmissions/${transmissions.body[0]!.id}`, {
      as: 'mender',
      body: { type: 'Information', sender: owner, content: { title: plain('Geitrams') } },
    });
    expect(await found('marikåpe')).toEqual([]);
    expect(await found('geitrams')).toEqual(['mended']);
  });

  test('no longer when it was purged', async () => {
    const id = await create(app, { content: { title: plain('Tiriltunge') } });
    expect((await search('tiriltunge')).body.items).toHaveLength(1);
    await app.send('POST', `/serviceowner/dialogs/${id}/actions/purge`);
    expect((await search('tiriltunge')).body.items).toEqual([]);
    const kept = await app.database.query(sql('', 'SELECT FROM dialog_words WHERE dialog = $1'), [id]);
    expect(kept).toEqual([]);
  });

  test('although it says more than PostgreSQL can keep the words of', async () => {
    const word = (number: number) => String.fromCodePoint(0xac00 + (number >> 7), 0xac00 + (number & 127));
    const words = (from: number) =>
      plain(Array.from({ length: 85 }, (_, index) => word(from + index)).join(' '));
    const transmissions = (from: number) =>
      Array.from({ length: 400 }, (_, index) => {
        const [title, summary] = [words((from + index) * 170), words((from + index) * 170 + 85)];
        return { type: 'Information', sender: owner, content: { title, summary } };
      });
    const content = { title: plain('Langpanne') };
    const id = await create(app, { content, transmissions: transmissions(0) });
    ids.set('long', id);
    const body = { status: 'InProgress', content, transmissions: transmissions(400) };
    expect((await app.send('PUT', `/serviceowner/dialogs/${id}`, { body })).status).toBe(204);
    expect(await found('langpanne')).toEqual(['long']);
  });
});

test('a text that only the sensitive content says is not found at a level that is too low', async () => {
  const party = 'urn:altinn:organization:identifier-no:312548909';
  app.table.permit({ subject: READER.urn, action: 'read', resource: RESOURCE, party, level: 4 });
  await create(app, { party, content: { title: plain('Diagnose'), nonSensitiveTitle: plain('Brev') } });
  const ask = (more: string) => app.send<Page>('GET', `/enduser/dialogs?party=${party}${more}`);
  expect((await ask('')).body.items).toHaveLength(1);
  expect((await ask('&search=diagnose')).body.items).toEqual([]);
});

describe('where many dialogs stand before those that say something', () => {
  const other = 'urn:altinn:organization:identifier-no:311102079';
  const copies = sql(
    'test.copies',
    `WITH made AS (
       INSERT INTO dialog SELECT (jsonb_populate_record(d, jsonb_build_object(
              'id', gen_random_uuid(), 'idempotent_key', NULL,
              'content_updated_at', d.content_updated_at + n * interval '1 second'))).*
         FROM dialog d, generate_series(1, $2::integer) n WHERE d.id = $1 RETURNING id)
     SELECT write_dialog_words(id) FROM made`,
  );

  beforeAll(async () => {
    app.table.permit({ subject: READER.urn, action: 'read', resource: RESOURCE, party: other });
    const rare = await create(app, { party: other, content: { title: plain('Vanlig sjelden') } });
    const common = await create(app, { party: other, content: { title: plain('Vanlig ofte') } });
    await app.database.query(copies, [rare, 4]);
    const times = sql(
      '',
      `UPDATE dialog SET content_updated_at = content_updated_at - interval '1 day' WHERE party = $1`,
    );
    await app.database.query(times, [other]);
    await app.database.query(copies, [common, 300]);
    await app.database.query(sql('', 'SELECT write_dialog_words(id) FROM dialog'));
  });

  const walkThrough = async (text: string, limit: number) => {
    const read: string[] = [];
    let token = '';
    for (let pages = 0; pages < 200; pages++) {
      const { body } = await app.send<Page>(
        'GET',
        `/enduser/dialogs?party=${other}&search=${text}&limit=${limit}${token && `&continuationToken=${encode(token)}`}`,
      );
      read.push(...body.items.map(({ id }) => id));
      token = body.continuationToken ?? '';
      if (!body.hasNextPage) break;
    }
    return read;
  };

  test.each([
    ['sjelden', 2, 5],
    ['vanlig', 100, 306],
    ['vanlig -ofte', 3, 5],
    ['ofte', 7, 301],
  ])('every page of %s, %i at a time, leads on without a gap', async (text, limit, count) => {
    const whole = await walkThrough(encode(text), 1000);
    const read = await walkThrough(encode(text), limit);
    expect(whole).toHaveLength(count);
    expect(new Set(whole).size).toBe(count);
    expect(read).toEqual(whole);
  });
});
