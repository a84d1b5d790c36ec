import type { ExecutionResult } from 'graphql';
import type { Accepted } from './request.ts';
import { streamOnce } from './sse.ts';

/** An answer that is complete. */
export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * A result in the form that the client takes. A result without data is a request that could not be executed: 400 in the
 * newer media type, 200 in the older ones, whose clients take any other status for a fault of the network (GraphQL over
 * HTTP, "Status Codes").
 */
export function answer(result: ExecutionResult, accepted: Accepted): GraphqlAnswer {
  const body = JSON.stringify(result);
  if (accepted.stream && !accepted.json) return { status: 200, ...streamOnce(body) };
  const isRefused = accepted.graphqlJson && !('data' in result);
  const type = accepted.graphqlJson ? 'application/graphql-response+json' : 'application/json';
  return { status: isRefused ? 400 : 200, headers: { 'content-type': `${type}; charset=utf-8` }, body };
}
