import { ANY_URI, BOOLEAN, DATE, DATE_TIME, INTEGER, STRING, TIME } from './names.ts';
import { Pattern } from './pattern.ts';
import { asWritten, type Canonical, canonicalForm, lowerCase } from './values.ts';

/** What a match function lets pass: canonical texts one by one, or whatever a pattern finds. */
export type Accepted = ReadonlySet<string> | Pattern;

/** A match function of XACML: both arguments are of `dataType`; `canonical` is how the attribute's values are read. */
export interface MatchFunction {
  readonly dataType: string;
  readonly canonical: Canonical;
  /** What the literal of the policy accepts; throws a SyntaxError when it cannot be used. */
  readonly accept: (literal: string) => Accepted;
}

const CORE = 'urn:oasis:names:tc:xacml:1.0:function:';

const matchFunctions: ReadonlyMap<string, MatchFunction> = new Map([
  [`${CORE}string-equal`, equality(STRING, asWritten)],
  ['urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case', equality(STRING, lowerCase)],
  [`${CORE}boolean-equal`, equality(BOOLEAN)],
  [`${CORE}integer-equal`, equality(INTEGER)],
  [`${CORE}date-equal`, equality(DATE)],
  [`${CORE}time-equal`, equality(TIME)],
  [`${CORE}dateTime-equal`, equality(DATE_TIME)],
  [`${CORE}anyURI-equal`, equality(ANY_URI)],
  [
    `${CORE}string-regexp-match`,
    { dataType: STRING, canonical: asWritten, accept: (literal) => new Pattern(literal) },
  ],
]);

/** By MatchId (appendix A.3); undefined for functions that are not understood. */
export function matchFunction(id: string): MatchFunction | undefined {
  return matchFunctions.get(id);
}

function equality(dataType: string, canonical = canonicalForm(dataType) ?? asWritten): MatchFunction {
  return {
    dataType,
    canonical,
    accept: (literal) => {
      const value = canonical(literal);
      if (value === undefined) throw new SyntaxError(`the value is no ${dataType}`);
      return new Set([value]);
    },
  };
}
