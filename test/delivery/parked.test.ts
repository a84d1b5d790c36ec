import { expect, test } from 'vitest';
import { type Parked, ParkedDialogs } from '../../src/delivery/parked.ts';

function parkedAt(orderKey: string, head: number): Parked {
  const common = {
    resource: 'urn:altinn:resource:test',
    resourceInstance: orderKey,
    draining: false,
    held: false,
  };
  return { ...common, orderKey, head, attempt: 0, dueAt: 0, cause: 'refused' };
}

test('the lowest head of parked dialogs is never above one of them, and is found anew when asked to', () => {
  const dialogs = new ParkedDialogs();
  expect(dialogs.lowestHead).toBe(Number.POSITIVE_INFINITY);
  const [first, second] = [parkedAt('first', 5), parkedAt('second', 9)];
  for (const parked of [second, first]) dialogs.set(parked.orderKey, parked);
  expect(dialogs.lowestHead).toBe(5);
  first.head = 20;
  expect(dialogs.lowestHead).toBe(5);
  dialogs.forgetLowest();
  expect(dialogs.lowestHead).toBe(9);
  dialogs.delete('second');
  dialogs.forgetLowest();
  expect(dialogs.lowestHead).toBe(20);
});
