import { readFile } from 'node:fs/promises';
import { compilePolicy } from '../access/xacml/compile.ts';
import { evaluate } from '../access/xacml/evaluate.ts';
import { parseJsonRequest } from '../access/xacml/json-profile.ts';
import { type JsonResponse, jsonResult } from '../access/xacml/json-result.ts';
import { parseXmlRequest } from '../access/xacml/xml-request.ts';
import { Failure } from '../lib/errors.ts';

export interface PolicyEvaluateOptions {
  /** Files: a XACML 3.0 Policy, and a request in XML or in the JSON profile. */
  readonly policy: string;
  readonly request: string;
}

/** `budstikka policy evaluate`: the answer of the policy, as a response of the JSON profile. */
export async function policyEvaluate({ policy, request }: PolicyEvaluateOptions): Promise<void> {
  const response = evaluateDocument(await readInput(policy), await readInput(request));
  console.log(JSON.stringify(response, undefined, 2));
}

/**
 * Answers a request by one policy, to the letter of the standard. Throws Failure('policy-invalid') and
 * Failure('request-invalid').
 */
export function evaluateDocument(policyXml: string, request: string): JsonResponse {
  const policy = compilePolicy(policyXml);
  const requests = request.trimStart().startsWith('<')
    ? parseXmlRequest(request)
    : parseJsonRequest(parse(request));
  return { Response: requests.map((one) => jsonResult(evaluate(policy, one.request), one.included)) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Failure('request-invalid', { detail: 'The request is neither XML nor JSON.' });
  }
}

async function readInput(path: string): Promise<string> {
  const bytes = await readFile(path).catch((thrown: NodeJS.ErrnoException) => {
    throw new Failure('request-invalid', { detail: `${path} cannot be read (${thrown.code}).` });
  });
  return new TextDecoder().decode(bytes);
}
