import { isDeepStrictEqual } from 'node:util';
import { compilePolicy } from '../../../src/access/xacml/compile.ts';
import { evaluate } from '../../../src/access/xacml/evaluate.ts';
import { RequestBuilder, type XacmlRequest } from '../../../src/access/xacml/request.ts';
import { generatePolicy, generateRequest } from './generate.ts';
import { decideNaively, type NaiveAttribute } from './naive.ts';
import { Random } from './random.ts';
import { writePolicy } from './write-policy.ts';

export interface FuzzReport {
  readonly cases: number;
  /** How often each decision was made. */
  readonly decisions: ReadonlyMap<string, number>;
  readonly withObligations: number;
  /** The first few, with all that is needed to repeat them. */
  readonly disagreements: readonly string[];
}

const REQUESTS_PER_POLICY = 5;
const MAX_REPORTED = 5;

/** Lets both decision points answer the same generated questions. Case n of a seed is the same in every run. */
export function fuzz(cases: number, seed: number): FuzzReport {
  const decisions = new Map<string, number>();
  const disagreements: string[] = [];
  let withObligations = 0;
  let made = 0;
  for (let number = 0; made < cases && disagreements.length < MAX_REPORTED; number++) {
    const random = new Random(Math.imul(seed, 0x9e3779b1) + number);
    const spec = generatePolicy(random);
    const xml = writePolicy(spec, random);
    const policy = compilePolicy(xml);
    for (let count = 0; count < REQUESTS_PER_POLICY && made < cases; count++, made++) {
      const request = generateRequest(spec, random);
      const { decision, obligations, rule } = evaluate(policy, toRequest(request));
      const expected = decideNaively(xml, request);
      const actual = { decision, obligations, ...(rule !== undefined && { rule }) };
      decisions.set(decision, (decisions.get(decision) ?? 0) + 1);
      if (obligations.length > 0) withObligations++;
      if (isDeepStrictEqual(actual, expected)) continue;
      disagreements.push(JSON.stringify({ seed, number, count, actual, expected, request, xml }));
    }
  }
  return { cases: made, decisions, withObligations, disagreements };
}

function toRequest(attributes: readonly NaiveAttribute[]): XacmlRequest {
  const builder = new RequestBuilder();
  for (const { category, attribute, value, dataType, issuer } of attributes) {
    builder.add(category, attribute, { value, dataType, issuer });
  }
  return builder.build();
}
