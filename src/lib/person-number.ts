const FIRST_WEIGHTS = [3, 7, 6, 1, 8, 9, 4, 5, 2];
const SECOND_WEIGHTS = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
const ORGANIZATION_WEIGHTS = [3, 2, 7, 6, 5, 4, 3, 2];

function controlDigit(digits: string, weights: readonly number[]): number {
  const sum = weights.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  return (11 - (sum % 11)) % 11;
}

/** Eleven digits whose two control digits are right: a national identity number, a D-number or a synthetic one. */
export function isPersonNumber(text: string): boolean {
  return (
    /^\d{11}$/.test(text) &&
    controlDigit(text, FIRST_WEIGHTS) === Number(text[9]) &&
    controlDigit(text, SECOND_WEIGHTS) === Number(text[10])
  );
}

/** Nine digits whose control digit is right. */
export function isOrganizationNumber(text: string): boolean {
  return /^\d{9}$/.test(text) && controlDigit(text, ORGANIZATION_WEIGHTS) === Number(text[8]);
}

/**
 * Masks what must never reach a log: whatever follows a person's identifier prefix, and every eleven digits that are a
 * person number wherever they stand.
 */
export function maskPersonNumbers(text: string): string {
  return text
    .replace(/(person:identifier-no:+|\/person\/|pid=)\d{11}/g, '$1***********')
    .replace(/(?<!\d)\d{11}(?!\d)/g, (digits) => (isPersonNumber(digits) ? '***********' : digits));
}
