import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { conform, conformQuery } from '../../src/http/conform.ts';

const schema = Type.Object({
  title: Type.String(),
  kind: Type.Optional(Type.Enum(['Gui', 'Api'])),
  at: Type.Optional(Type.String({ format: 'date-time' })),
  count: Type.Optional(Type.Integer()),
  parts: Type.Optional(Type.Array(Type.Object({ name: Type.String() }))),
  anything: Type.Optional(Type.Unknown()),
});

describe('a body', () => {
  test('is read in any letter case, without what is unknown or null', () => {
    const body = { TITLE: 'a', Kind: 'GUI', parts: [{ Name: 'x', other: 1 }], count: null, more: {} };
    expect(conform(schema, body)).toEqual({ title: 'a', kind: 'Gui', parts: [{ name: 'x' }] });
  });

  test('is left as it is where it does not fit, for the validator to name', () => {
    const body = { title: 7, kind: 'Web', parts: [null, 'x'], count: '1' };
    expect(conform(schema, body)).toEqual(body);
  });

  test('has its times in UTC; what is none does not pass for one', () => {
    expect(conform(schema, { at: '2026-01-01T01:00:00+01:00' })).toEqual({
      at: '2026-01-01T00:00:00.0000000Z',
    });
    expect(conform(schema, { at: '2016-12-31T23:59:60Z' })).toEqual({ at: '' });
  });

  test('keeps null where anything may stand', () => {
    expect(conform(schema, { anything: null })).toEqual({ anything: null });
    expect(conform(schema, { anything: { Deep: [null] } })).toEqual({ anything: { Deep: [null] } });
  });

  test('takes no members from names that every object has', () => {
    const body = JSON.parse('{"__proto__":{"title":"a"},"constructor":{"x":1},"title":"b"}');
    const conformed = conform(schema, body);
    expect(conformed).toEqual({ title: 'b' });
    expect(Object.getPrototypeOf(conformed)).toBe(Object.prototype);
  });
});

describe('a query', () => {
  const query = Type.Object({
    party: Type.Optional(Type.Array(Type.String())),
    limit: Type.Optional(Type.Integer()),
    seen: Type.Optional(Type.Boolean()),
    after: Type.Optional(Type.String({ format: 'date-time' })),
  });

  test('has lists of one or many, numbers and truth values', () => {
    expect(conformQuery(query, { PARTY: 'a', Limit: '10', seen: 'True', x: '1' })).toEqual({
      party: ['a'],
      limit: 10,
      seen: true,
    });
    expect(conformQuery(query, { party: ['a', 'b'], limit: ['1', '2'], seen: '' })).toEqual({
      party: ['a', 'b'],
      limit: 1,
    });
  });

  test('forgives a plus sign that was not escaped', () => {
    expect(conformQuery(query, { after: '2026-01-01T01:00:00 01:00' })).toEqual({
      after: '2026-01-01T00:00:00.0000000Z',
    });
  });

  test('leaves what does not fit', () => {
    expect(conformQuery(query, { limit: '1e3', seen: 'yes' })).toEqual({ limit: '1e3', seen: 'yes' });
  });
});
