import {
  type KeyPurpose,
  type Keyring,
  keyAlgorithms,
  newSigningKey,
  type SigningKey,
} from '../../src/access/keys/signing-key.ts';

/** A key ring in memory, with one real key of every purpose: for tests that need signatures and no database. */
export async function openTestKeyring(): Promise<Keyring> {
  const keys = new Map<KeyPurpose, SigningKey>();
  for (const purpose of Object.keys(keyAlgorithms) as KeyPurpose[])
    keys.set(purpose, await newSigningKey(purpose));
  const published = new Map(
    [...keys].map(([purpose, key]) => [purpose, key.publicJwk ? [key.publicJwk] : []]),
  );
  return {
    current: (purpose) => keys.get(purpose)!,
    accepted: (purpose) => [keys.get(purpose)!],
    published: (purpose) => published.get(purpose)!,
  };
}
