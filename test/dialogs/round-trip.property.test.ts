import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBody } from '../support/dialog-arbitrary.ts';
import { type AppUnderTest, openApp } from '../support/dialog-client.ts';
import { eventsOf } from '../support/event-log.ts';

let app: AppUnderTest;
beforeAll(async () => {
  app = await openApp();
});
afterAll(() => app[Symbol.asyncDispose]());

/** What was sent as it is read back: languages normalised and in order, what was left out left out. */
function asRead(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(asRead);
    return items.every(isText) ? items.toSorted((a, b) => (a.languageCode < b.languageCode ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => [
      name,
      name === 'languageCode' ? String(member).toLowerCase().slice(0, 2) : asRead(member),
    ]),
  );
}

function isText(value: unknown): value is { languageCode: string } {
  return typeof value === 'object' && value !== null && 'languageCode' in value;
}

const REPLACED = [
  'status',
  'progress',
  'extendedStatus',
  'externalReference',
  'process',
  'precedingProcess',
  'dueAt',
  'expiresAt',
  'isApiOnly',
  'content',
  'searchTags',
  'attachments',
  'guiActions',
  'apiActions',
];

test('every valid body is read back as it was sent, and a PUT of what was read changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(createBody, async (body) => {
      const made = await app.send<string>('POST', '/serviceowner/dialogs', { body });
      expect(made).toMatchObject({ status: 201 });
      const path = `/serviceowner/dialogs/${made.body}`;
      const { body: read } = await app.send<Record<string, unknown>>('GET', path);
      const { systemLabel, ...sent } = body;
      expect(read).toMatchObject(asRead(sent) as object);
      expect(read['systemLabel']).toBe(systemLabel ?? 'Default');
      const again = Object.fromEntries(REPLACED.map((name) => [name, read[name]]));
      const put = await app.send('PUT', path, { body: again });
      expect([put.status, put.headers.get('etag')]).toEqual([204, made.headers.get('etag')]);
      const events = await eventsOf(app.database, made.body);
      expect(events).toHaveLength(1 + (body.transmissions ?? []).length + (body.activities ?? []).length);
    }),
    { numRuns: 60 },
  );
});
