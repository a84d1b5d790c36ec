import { describe, expect, test } from 'vitest';
import { contentOf } from '../../src/delivery/content.ts';
import type { Format } from '../../src/subscriptions/manner.ts';

const endpoint = 'https://receiver.example.no/hook';
const attributes = {
  ...{ specversion: '1.0', id: 'a-1', source: 'https://host/dialogs/1', type: 'no.example.told.v1' },
  ...{ time: '2026-01-02T03:04:05.1234560Z', resource: 'urn:altinn:resource:x', dialogsequence: 7 },
};

function put(format: Format, event: object | string) {
  return contentOf({ endpoint, format }, [typeof event === 'string' ? event : JSON.stringify(event)]);
}

describe('an event goes byte for byte', () => {
  const bytes = '{ "specversion":"1.0", "id": "a", "data": {"n": 1.50, "big": 12345678901234567890} }';
  test.each<[Format, string, string]>([
    ['structured', 'application/json', bytes],
    ['cloudevents', 'application/cloudevents+json', bytes],
    ['batch', 'application/cloudevents-batch+json', `[${bytes}]`],
  ])('as %s', (format, mediaType, body) => {
    expect(put(format, bytes)).toEqual({ headers: { 'content-type': `${mediaType}; charset=utf-8` }, body });
  });

  test('and only a batch takes several', () => {
    expect(contentOf({ endpoint, format: 'batch' }, [bytes, bytes]).body).toBe(`[${bytes},${bytes}]`);
    expect(() => contentOf({ endpoint, format: 'structured' }, [bytes, bytes])).toThrow('takes one event');
  });
});

describe('in binary mode', () => {
  test('attributes are headers and the data is the body, as it was written', () => {
    const event = `${JSON.stringify(attributes).slice(0, -1)},"data":{ "n": 1.50, "big": 12345678901234567890 }}`;
    expect(put('binary', event)).toEqual({
      headers: {
        ...{ 'ce-specversion': '1.0', 'ce-id': 'a-1', 'ce-source': 'https://host/dialogs/1' },
        ...{ 'ce-type': 'no.example.told.v1', 'ce-time': '2026-01-02T03:04:05.1234560Z' },
        ...{ 'ce-resource': 'urn:altinn:resource:x', 'ce-dialogsequence': '7' },
        'content-type': 'application/json',
      },
      body: '{ "n": 1.50, "big": 12345678901234567890 }',
    });
  });

  test('an event without data has no body and no media type', () => {
    const { headers, body } = put('binary', attributes);
    expect(body).toBe('');
    expect(headers).not.toHaveProperty('content-type');
  });

  test.each<[string, object, string, string]>([
    ['text of another type', { datacontenttype: 'text/plain', data: 'blåbær' }, 'text/plain', 'blåbær'],
    ['text that is JSON', { datacontenttype: 'application/json', data: 'ja' }, 'application/json', '"ja"'],
    [
      'JSON by suffix',
      { datacontenttype: 'application/x+json; a=b', data: 'ja' },
      'application/x+json; a=b',
      '"ja"',
    ],
    ['an object of another type', { datacontenttype: 'application/xml', data: {} }, 'application/xml', '{}'],
    ['nothing, with a type', { datacontenttype: 'text/plain', data: null }, 'text/plain', ''],
    ['a number', { data: 0 }, 'application/json', '0'],
  ])('%s is sent as what it is', (_, more, mediaType, body) => {
    const content = put('binary', { ...attributes, ...more });
    expect(content.headers['content-type']).toBe(mediaType);
    expect(content.body).toBe(body);
  });

  test('base64 is sent as its bytes', () => {
    const content = put('binary', { ...attributes, datacontenttype: 'image/png', data_base64: 'iVBORw==' });
    expect(content.headers).toMatchObject({ 'content-type': 'image/png' });
    expect(content.body).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47]));
  });

  test.each([
    ['Euro €  ÅÆØ', 'Euro%20%E2%82%AC%20%20%C3%85%C3%86%C3%98'],
    ['say "no" at 100%', 'say%20%22no%22%20at%20100%25'],
    ['😀', '%F0%9F%98%80'],
    ["!#$&'()*+,/:;=?@[]~", "!#$&'()*+,/:;=?@[]~"],
  ])('the attribute %j is encoded so that a header carries it', (subject, encoded) => {
    expect(put('binary', { ...attributes, subject }).headers['ce-subject']).toBe(encoded);
    expect(decodeURIComponent(encoded)).toBe(subject);
  });

  test('attributes that are null are absent', () => {
    expect(put('binary', { ...attributes, subject: null }).headers).not.toHaveProperty('ce-subject');
  });

  test.each([
    ['attributes too long for headers', { ...attributes, subject: 'å'.repeat(1100) }],
    ['a media type that no header carries', { ...attributes, datacontenttype: 'text/blåbær', data: 'x' }],
  ])('an event with %s goes structured', (_, event) => {
    expect(put('binary', event)).toEqual(put('cloudevents', event));
  });
});

test('Slack is told the event as a message, whatever is in it', () => {
  const event = { ...attributes, data: { text: 'a "quote", a \\ and a\nline' } };
  const content = contentOf({ endpoint: 'https://hooks.slack.com/services/T/B/X', format: 'structured' }, [
    JSON.stringify(event),
  ]);
  expect(content.headers).toEqual({ 'content-type': 'application/json; charset=utf-8' });
  const { text, ...rest } = JSON.parse(String(content.body)) as { text: string };
  expect(JSON.parse(text)).toEqual(event);
  expect(rest).toEqual({});
});
