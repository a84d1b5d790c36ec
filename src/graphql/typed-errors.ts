import { type ErrorCode, Failure } from '../lib/errors.ts';

/** An error that the SDL has a type for. */
export interface TypedError {
  readonly __typename: string;
  readonly message: string;
}

/** Which types of the SDL stand for which failures. */
export interface ErrorTypes<Rest> {
  readonly byCode: Partial<Readonly<Record<ErrorCode, string>>>;
  /** Types for faults of single fields, before the code is looked at. */
  readonly byField?: Readonly<Record<string, string>>;
  /** What the payload says beside its errors. */
  readonly payload: Rest;
}

/** What a resolver gives, or the payload with the errors of a failure that has a type. @throws Failure that has none */
export async function orTypedErrors<Payload, Rest>(
  run: () => Promise<Payload>,
  types: ErrorTypes<Rest>,
): Promise<Payload | (Rest & { readonly errors: readonly TypedError[] })> {
  try {
    return await run();
  } catch (thrown) {
    const errors = thrown instanceof Failure ? typedErrors(thrown, types) : [];
    if (errors.length === 0) throw thrown;
    return { ...types.payload, errors };
  }
}

/** One error for each fault, so that a client may show them beside what they are about. */
function typedErrors(failure: Failure, { byCode, byField }: ErrorTypes<unknown>): TypedError[] {
  const type = byCode[failure.code];
  if (type === undefined) return [];
  const { fields, members } = failure.options;
  if (!fields) return [{ __typename: type, message: failure.message, ...members }];
  return Object.entries(fields).flatMap(([field, messages]) =>
    messages.map((message) => ({
      __typename: byField?.[field] ?? type,
      message: `${field} ${message}`,
    })),
  );
}
