import { createHash } from 'node:crypto';

/**
 * Ids of parties that nobody has numbered: hashes of the party URN, so that a registry folder, a development token and
 * every process agree without asking each other. Letter case of the URN makes no difference. Two of a hundred
 * thousand parties may well share a number; the unique columns of the table `party` are what notices.
 */

const PARTY_ID_LOWEST = 50_000_000;
const PARTY_ID_HIGHEST = 2_000_000_000;
const USER_ID_LOWEST = 20_000;
const USER_ID_HIGHEST = 2 ** 31 - 1;

/** A party id in 50,000,000–2,000,000,000, the range where Altinn's own lie. */
export function derivedPartyId(urn: string): number {
  return numberBetween(PARTY_ID_LOWEST, PARTY_ID_HIGHEST, digest('partyId', urn));
}

/** A user id in 20,000–2,147,483,647 (31 bits). */
export function derivedUserId(urn: string): number {
  return numberBetween(USER_ID_LOWEST, USER_ID_HIGHEST, digest('userId', urn));
}

/** A UUID of version 8 (RFC 9562 §5.8: custom, here from SHA-256). */
export function derivedPartyUuid(urn: string): string {
  const bytes = digest('partyUuid', urn).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function digest(kind: string, urn: string): Buffer {
  return createHash('sha256').update(`${kind}\n${urn.toLowerCase()}`).digest();
}

/** 48 bits are enough: the remainder's bias is below one in a hundred thousand. */
function numberBetween(lowest: number, highest: number, bytes: Buffer): number {
  return lowest + (bytes.readUIntBE(0, 6) % (highest - lowest + 1));
}
