import { createHash, randomUUID } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

function format(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * UUID version 7 (RFC 9562): 48 bits of epoch milliseconds, then random bits: those of a version 4, which Node draws in
 * advance for many.
 */
export function uuidv7(epochMilliseconds: number): string {
  const time = Math.floor(epochMilliseconds).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** Epoch milliseconds inside a UUID of version 7; undefined for any other version. */
export function timeOfUuidv7(uuid: string): number | undefined {
  if (!isUuid(uuid) || uuid[14] !== '7') return undefined;
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
}

/** A UUID that is the same for the same name, carrying version, variant and time of the UUIDv7 it is derived from. */
export function derivedUuidv7(base: string, name: string): string {
  const bytes = createHash('sha256').update(`${base}\n${name}`).digest().subarray(0, 16);
  Buffer.from(base.replaceAll('-', ''), 'hex').copy(bytes, 0, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return format(bytes);
}
