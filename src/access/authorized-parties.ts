import type { AuthorizedParty } from './ports.ts';

/** Roles that stand for the whole of an organisation (Altinn, key roles): managing director, chair, owner, partners. */
const KEY_ROLES: ReadonlySet<string> = new Set(['dagl', 'lede', 'innh', 'dtpr', 'dtso', 'best']);
const MAIN_ADMINISTRATOR = 'hadm';

/** @param roles in lower case */
export function holdsKeyRole(roles: readonly string[]): boolean {
  return roles.some((role) => KEY_ROLES.has(role));
}

/** @param roles in lower case */
export function isMainAdministrator(roles: readonly string[]): boolean {
  return roles.includes(MAIN_ADMINISTRATOR);
}

/** Of their names. */
export function inOrder(parties: readonly AuthorizedParty[]): AuthorizedParty[] {
  return parties.toSorted((one, other) => one.name.localeCompare(other.name, 'nb'));
}
