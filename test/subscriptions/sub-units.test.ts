import { expect, test } from 'vitest';
import { type Indexed, SubscriptionIndex } from '../../src/subscriptions/matching.ts';

const RESOURCE = 'urn:altinn:resource:super-simple-service';

function entry(includeSubunits: boolean, resourceFilter = RESOURCE): Indexed {
  return { subscription: { resourceFilter, includeSubunits, subjectFilter: 'a' } as Indexed['subscription'] };
}

test('a main unit makes a difference as long as somebody on the resource asks for sub-units', () => {
  const index = new SubscriptionIndex();
  const [plain, first, second] = [entry(false), entry(true), entry(true)];
  index.add(plain);
  expect(index.wantsUnits(RESOURCE)).toBe(false);
  index.add(first);
  index.add(first);
  index.add(second);
  expect([index.wantsUnits(RESOURCE), index.wantsUnits('another')]).toEqual([true, false]);
  index.remove(first);
  index.remove(first);
  expect(index.wantsUnits(RESOURCE)).toBe(true);
  index.remove(second);
  expect(index.wantsUnits(RESOURCE)).toBe(false);
});
