import type { FastifyRequest, FastifySchemaValidationError } from 'fastify';
import { type FaultMap, Faults } from '../dialogs/faults.ts';
import { conform } from './conform.ts';
import { demandBody } from './failures.ts';
import { faultsOf, isShapeSound } from './validation.ts';

/** A rule of the domain about a body whose shape is sound. */
type Rules<Body> = (body: Body) => FaultMap;

/**
 * The body of a request whose route validates with `attachValidation`. Throws one `request-invalid` that names what the
 * schema and what the domain find wrong with it.
 */
export function readBody<Body>(request: FastifyRequest & { body: Body }, rules: Rules<Body>): Body {
  const errors = request.validationError?.validation ?? [];
  const context = request.validationError?.validationContext;
  if (context === undefined || context === 'body') demandBody(request);
  refuse(errors, { body: request.body, context, rules });
  return request.body;
}

/** Reads a value that did not come as a body of its own, such as a patched document, by a schema. */
export function readDocument<Body>(
  request: FastifyRequest,
  document: unknown,
  { schema, rules }: { readonly schema: object; readonly rules: Rules<Body> },
): Body {
  const body = conform(schema, document) as Body;
  const validate = request.getValidationFunction(schema) ?? request.compileValidationSchema(schema);
  const errors = validate(body) ? [] : (validate.errors ?? []);
  refuse(errors as FastifySchemaValidationError[], { body, context: 'body', rules });
  return body;
}

interface Checked<Body> {
  readonly body: Body;
  readonly context: string | undefined;
  readonly rules: Rules<Body>;
}

function refuse<Body>(
  errors: readonly FastifySchemaValidationError[],
  { body, context, rules }: Checked<Body>,
): void {
  const faults = new Faults();
  faults.addAll(faultsOf(errors, context));
  if (isShapeSound(errors)) faults.addAll(rules(body));
  faults.refuse('request-invalid');
}
