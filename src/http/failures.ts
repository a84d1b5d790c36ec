import type { FastifyError, FastifyRequest } from 'fastify';
import { Faults } from '../dialogs/faults.ts';
import { Failure } from '../lib/errors.ts';
import { faultsOf } from './validation.ts';

/** Whatever a request threw, as a failure of the catalogue. What nobody expected is a fault of ours. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const error = thrown as Partial<FastifyError> | null | undefined;
  if (error?.validation) {
    return new Failure('request-invalid', { fields: faultsOf(error.validation, error.validationContext) });
  }
  const code = error?.code ?? '';
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Failure('body-too-large');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new Failure('media-type');
  // The client has gone in the middle of its body: nobody reads the answer, and the fault is not ours.
  if (code === 'ECONNRESET' && error?.statusCode === 400)
    return new Failure('request-invalid', { cause: thrown });
  // What fastify itself refuses: a body shorter than announced, a malformed URL.
  if (code.startsWith('FST_') && (error?.statusCode ?? 500) < 500) {
    return new Failure('request-invalid', { cause: thrown });
  }
  return new Failure('internal', { cause: thrown });
}

/** Throws `request-invalid` for a body that is missing where one is read. */
export function demandBody(request: FastifyRequest): void {
  if (request.body !== undefined) return;
  const faults = new Faults();
  faults.add('$', 'must be given');
  faults.refuse('request-invalid');
}
