import { readFile } from 'node:fs/promises';
import { createGuard, type Guard, type GuardOptions } from '../../src/outbound/address-guard.ts';

/** One URL and whether it may be called. */
export interface AddressVector {
  readonly url: string;
  readonly allowed: boolean;
  readonly why: string;
  /** What differs from production. */
  readonly policy?: Partial<GuardOptions>;
  /** What the URL's name resolves to. */
  readonly resolves?: readonly string[];
}

const PRODUCTION: GuardOptions = { allowLoopback: false, allowHttp: false, allowedNetworks: [] };

export async function readVectors(): Promise<readonly AddressVector[]> {
  const file = new URL('../../test/fixtures/addresses.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as AddressVector[];
}

export function guardOf(vector: AddressVector): Guard {
  return createGuard({ ...PRODUCTION, ...vector.policy });
}

/** Whether our guard lets the URL through: its text, and every address that its name resolves to. */
export function isLetThrough(vector: AddressVector): boolean {
  const guard = guardOf(vector);
  if (guard.checkEndpoint(vector.url) !== undefined) return false;
  const addresses = vector.resolves ?? [];
  if (vector.resolves && addresses.length === 0) return false;
  return addresses.every((address) => guard.checkAddress(address) === undefined);
}
