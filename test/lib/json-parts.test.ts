import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partsOf } from '../../src/lib/json-parts.ts';

describe('the parts of a JSON text', () => {
  test('are the elements of an array, as they were written', () => {
    const texts = partsOf(' [ {"a": [1,2 ,{"b":"},]"}]} ,3 , "x,\\"y" ,[ ] ] ').map(({ text }) => text);
    expect(texts).toEqual(['{"a": [1,2 ,{"b":"},]"}]}', '3', '"x,\\"y"', '[ ]']);
  });

  test('are the members of an object with their names read', () => {
    expect(partsOf('{"a\\u0062" : {"c":1e400}, "d:,":"e:\\",\\\\", "f": 1.10 }')).toEqual([
      { name: 'ab', text: '{"c":1e400}' },
      { name: 'd:,', text: '"e:\\",\\\\"' },
      { name: 'f', text: '1.10' },
    ]);
  });

  test.each(['[]', '{}', ' [ ] ', '3', '"a,b"'])('of %s are none', (text) => {
    expect(partsOf(text)).toEqual([]);
  });

  test('put together make the same value, whatever the text', () => {
    const written = fc.tuple(fc.json(), fc.constantFrom(0, 1, '\t')).map(([json, indent]) => {
      return JSON.stringify([JSON.parse(json)], null, indent);
    });
    fc.assert(
      fc.property(fc.array(written, { maxLength: 5 }), (texts) => {
        const parts = partsOf(`[${texts.join(' ,\n')}]`);
        expect(parts.map(({ text }) => text)).toEqual(texts);
      }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const parts = partsOf(JSON.stringify(value, null, 1));
        expect(parts.map(({ name, text }) => [name, JSON.parse(text)])).toEqual(
          Object.entries(JSON.parse(JSON.stringify(value)) as object),
        );
      }),
    );
  });
});
