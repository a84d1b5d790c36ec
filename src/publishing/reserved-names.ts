/**
 * Names that outsiders may not use (design: reserved names). Whoever gets an event of Dialogporten's types, or one with
 * our attributes, trusts that we made it; compared in lower case, because readers do not always look at case.
 */

/** Types that nobody publishes: handshakes of the platform, and our own events. */
const OURS = ['platform.', 'budstikka.'];

/** Types that only the administrative publishing scope may publish: Dialogporten's. */
const ADMINISTRATIVE = 'dialogporten.';

const OWN_ATTRIBUTES: ReadonlySet<string> = new Set([
  'dialogsequence',
  'dialogsequenceafter',
  // Altinn's mark on a subject that was replaced while access is decided: must never come in or go out.
  'originalsubjectreplacedforauthorization',
]);

export function isOwnType(type: string): boolean {
  const lower = type.toLowerCase();
  return OURS.some((prefix) => lower.startsWith(prefix));
}

export function isAdministrativeType(type: string): boolean {
  return type.toLowerCase().startsWith(ADMINISTRATIVE);
}

/** An attribute that is ours, or that we may have one day. */
export function isOwnAttribute(name: string): boolean {
  return OWN_ATTRIBUTES.has(name) || name.startsWith('budstikka');
}
