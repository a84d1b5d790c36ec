import { execute, type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import { Failure } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { RequestContext } from './context.ts';
import { refuseCostly } from './cost.ts';
import { readField } from './fields.ts';

export interface ExecutionOptions {
  readonly context: RequestContext;
  /** The most that an operation may cost. */
  readonly costMost: number;
  readonly traceId: string;
  readonly log: Log;
}

/** Executes a validated query or mutation. What fails is an error in the result, never thrown. */
export async function executeOperation(
  args: ExecutionArgs,
  options: ExecutionOptions,
): Promise<ExecutionResult> {
  const faults = refuseCostly(args, options.costMost);
  if (faults.length > 0) return { errors: faults };
  const { context } = options;
  const { data, errors } = await execute({ ...args, contextValue: context, fieldResolver: readField });
  // A result without data is a request that could not be executed.
  const presented = errors && { errors: errors.map((error) => present(error, options)) };
  return data === undefined ? { ...presented } : { data, ...presented };
}

/** A failure with its code; a fault of ours without its words, which nobody chose for strangers, and in the log. */
function present(error: GraphQLError, { log, traceId }: ExecutionOptions): GraphQLError {
  const cause = error.originalError;
  // What GraphQL itself found wrong with the request.
  if (cause === undefined || cause instanceof GraphQLError) return error;
  const failure = cause instanceof Failure ? cause : new Failure('internal', { cause });
  if (failure.kind === 'internal' || failure.kind === 'unavailable') {
    const err = failure.options.cause ?? failure;
    log.error({ err, traceId, code: failure.code, field: error.path?.[0] }, 'a field failed');
  }
  const { fields, retryAfter } = failure.options;
  const extensions = { code: failure.code, traceId, fields, retryAfter };
  return new GraphQLError(failure.message, {
    originalError: failure,
    nodes: error.nodes ?? null,
    path: error.path ?? null,
    extensions,
  });
}
