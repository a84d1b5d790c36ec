import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatOrder, formatToken, parseOrder, parseToken } from '../../src/dialogs/search-order.ts';
import { fromEpoch } from '../../src/lib/time.ts';

const field = fc.constantFrom('contentUpdatedAt', 'updatedAt', 'createdAt', 'dueAt');
const orders = fc.uniqueArray(field, { minLength: 1 }).map((fields) => fields.join('_asc,'));
const times = fc.integer({ min: 0, max: 4e12 }).map((milliseconds) => fromEpoch(milliseconds));

test('an order is read back from how it is written, and ends with the id', () => {
  fc.assert(
    fc.property(orders, (text) => {
      const order = parseOrder(text.toUpperCase());
      expect(parseOrder(formatOrder(order))).toEqual(order);
      expect(order.at(-1)?.field).toBe('id');
    }),
  );
});

test('a place is read back from its token', () => {
  fc.assert(
    fc.property(orders, fc.array(times, { minLength: 4, maxLength: 4 }), fc.uuid(), (text, values, id) => {
      const order = parseOrder(text);
      const place = order.map((key, index) => (key.field === 'id' ? id : (values[index] ?? '')));
      expect(parseToken(formatToken(place, order), order)).toEqual(place);
    }),
  );
});

test('a place without a due date is read back as one', () => {
  const order = parseOrder('dueAt');
  const token = 'dueat_,id_01a20969-25e6-701d-a871-c088d15c788c';
  expect(formatToken(parseToken(token, order), order)).toBe(token);
});
