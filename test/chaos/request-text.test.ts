import { expect, test } from 'vitest';
import { carriedBy, digestible } from '../../scripts/chaos/request-text.ts';

const texts = ['{"id":"1","a":"} \\" ["}', '{"id":"2", "data":{"id":"x"},"n":3}'];

test('a batch carries the texts of its events, to the byte', () => {
  const body = Buffer.from(`[${texts.join(' ,')}]`);
  expect(carriedBy({}, body)).toEqual([
    { id: '1', text: texts[0] },
    { id: '2', text: texts[1] },
  ]);
});

test('a single event carries itself, a batch that is empty nothing', () => {
  expect(carriedBy({}, Buffer.from(texts[0]!))).toEqual([{ id: '1', text: texts[0] }]);
  expect(carriedBy({}, Buffer.from('[]'))).toEqual([]);
});

test('an event in headers says the same as its text, or it does not', () => {
  const event = { id: '1', subject: 'å b', dialogsequence: 3, time: null, data: { a: [1] } };
  const headers = { 'ce-id': '1', 'ce-subject': '%C3%A5%20b', 'ce-dialogsequence': '3', other: 'x' };
  const [carried] = carriedBy(headers, Buffer.from('{"a":[1]}'));
  expect(carried).toEqual({ id: '1', text: digestible(event) });
  expect(carried!.text).not.toBe(digestible({ ...event, data: { a: [2] } }));
});
