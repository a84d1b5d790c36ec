import { canonicalDate, canonicalDateTime, canonicalTime } from './moments.ts';
import { ANY_URI, BOOLEAN, DATE, DATE_TIME, INTEGER, STRING, TIME } from './names.ts';

/**
 * One text per value: two values of a data type are equal exactly when their canonical texts are. Undefined when the
 * text is not of the data type. Every equality of XACML's functions thereby becomes a comparison of strings, made once
 * for the policy at load and once per attribute at a decision.
 */
export type Canonical = (text: string) => string | undefined;

const canonicalForms: ReadonlyMap<string, Canonical> = new Map<string, Canonical>([
  [STRING, asWritten],
  [BOOLEAN, canonicalBoolean],
  [INTEGER, canonicalInteger],
  [DATE, (text) => canonicalDate(collapse(text))],
  [TIME, (text) => canonicalTime(collapse(text))],
  [DATE_TIME, (text) => canonicalDateTime(collapse(text))],
  [ANY_URI, collapse],
]);

/** The canonical form of a data type (URI); undefined for data types that policies may not use. */
export function canonicalForm(dataType: string): Canonical | undefined {
  return canonicalForms.get(dataType);
}

/** string-equal compares code points: no trimming, no normalisation. */
export function asWritten(text: string): string {
  return text;
}

/** string-equal-ignore-case: lower case of Unicode, whatever the locale of the machine (appendix A.3.1). */
export function lowerCase(text: string): string {
  return text.toLowerCase();
}

function canonicalBoolean(text: string): string | undefined {
  const word = collapse(text);
  if (word === 'true' || word === '1') return 'true';
  return word === 'false' || word === '0' ? 'false' : undefined;
}

/** Of any size: xs:integer has no bound, so the digits stay text. */
function canonicalInteger(text: string): string | undefined {
  const parts = /^([+-]?)(\d+)$/.exec(collapse(text));
  if (!parts?.[2]) return undefined;
  const digits = parts[2].replace(/^0+(?=\d)/, '');
  return parts[1] === '-' && digits !== '0' ? `-${digits}` : digits;
}

const BLANK = new Set([' ', '\t', '\n', '\r']);

/** Without the white space around it, as every data type but xs:string asks. A loop: no pattern does it in linear time. */
function collapse(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && BLANK.has(text.charAt(start))) start++;
  while (end > start && BLANK.has(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}
