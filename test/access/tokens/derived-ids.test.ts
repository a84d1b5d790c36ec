import fc from 'fast-check';
import { expect, test } from 'vitest';
import { derivedPartyId, derivedPartyUuid, derivedUserId } from '../../../src/access/derived-ids.ts';
import { isUuid } from '../../../src/lib/uuid.ts';

const URN = 'urn:altinn:organization:identifier-no:310923044';

test('ids of a party are the same each time, whatever the letter case', () => {
  expect(derivedPartyId(URN)).toBe(derivedPartyId(URN.toUpperCase()));
  expect(derivedPartyUuid(URN)).toBe(derivedPartyUuid(URN.toUpperCase()));
  expect(derivedUserId(URN)).toBe(derivedUserId(URN.toUpperCase()));
});

// Stored ids outlive a release: whoever changes the hash changes everybody's numbers.
test('the numbers of a known party never change', () => {
  expect(derivedPartyId(URN)).toBe(1_186_522_731);
  expect(derivedPartyUuid(URN)).toBe('581dc1fd-0e35-815c-a3cc-b80bb3762d38');
  expect(derivedUserId(URN)).toBe(1_087_770_017);
});

test('every party gets numbers in range and a UUID of version 8', () => {
  fc.assert(
    fc.property(fc.string(), (urn) => {
      expect(derivedPartyId(urn)).toBeGreaterThanOrEqual(50_000_000);
      expect(derivedPartyId(urn)).toBeLessThanOrEqual(2_000_000_000);
      expect(derivedUserId(urn)).toBeGreaterThan(0);
      expect(derivedUserId(urn)).toBeLessThan(2 ** 31);
      expect(isUuid(derivedPartyUuid(urn))).toBe(true);
      expect(derivedPartyUuid(urn)[14]).toBe('8');
    }),
  );
});

test('the three ids of a party say nothing about each other', () => {
  const parties = Array.from({ length: 1000 }, (_, index) => `urn:altinn:person:identifier-no:${index}`);
  expect(new Set(parties.map(derivedPartyUuid)).size).toBe(1000);
  expect(parties.filter((urn) => derivedPartyId(urn) === derivedUserId(urn))).toEqual([]);
});
