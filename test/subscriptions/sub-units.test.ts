import { expect, test } from 'vitest';
import type { Interest } from '../../src/subscriptions/matching.ts';
import { SubscriptionIndex } from '../../src/subscriptions/subscription-index.ts';

const resource = 'urn:altinn:resource:super-simple-service';

function interest(includeSubunits: boolean): Interest {
  return {
    ...{ id: 1, lane: 0, resource, subject: 'a', includeSubunits },
    ...{ type: null, sourceBase: null, orgNumber: null },
  };
}

test('a main unit makes a difference as long as somebody on the resource asks for sub-units', () => {
  const index = new SubscriptionIndex();
  index.add(interest(false));
  expect(index.wantsUnits(resource)).toBe(false);
  const first = index.add(interest(true));
  const second = index.add(interest(true));
  expect([index.wantsUnits(resource), index.wantsUnits('another')]).toEqual([true, false]);
  index.remove(first);
  expect(index.wantsUnits(resource)).toBe(true);
  index.remove(second);
  expect(index.wantsUnits(resource)).toBe(false);
});
