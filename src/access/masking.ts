import { createHmac } from 'node:crypto';
import type { Keyring } from './keys/signing-key.ts';
import { ORGANIZATION, SYSTEM_USER } from './party-identifiers.ts';

const EPHEMERAL = 'urn:altinn:person:identifier-ephemeral';
const SHOWN = [ORGANIZATION, SYSTEM_USER, EPHEMERAL].map((prefix) => `${prefix}:`);

/**
 * Replaces the URN of a person by `urn:altinn:person:identifier-ephemeral:` and ten hexadecimal digits, for what end
 * users read. The digits are a keyed hash: the same person reads the same on every process and after a restart, and
 * nobody finds the number by trying all of them. Organisations and system users are shown; whatever else there is
 * counts as a person.
 */
export function createMask(keyring: Keyring): (urn: string) => string {
  return (urn) => {
    const lower = urn.toLowerCase();
    if (SHOWN.some((prefix) => lower.startsWith(prefix))) return urn;
    const hash = createHmac('sha256', keyring.current('mask').key).update(lower).digest('hex');
    return `${EPHEMERAL}:${hash.slice(0, 10)}`;
  };
}
