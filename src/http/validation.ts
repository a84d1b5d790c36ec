import type { FastifySchemaValidationError } from 'fastify';
import { type FaultMap, Faults } from '../dialogs/faults.ts';

/** Keywords whose breach leaves the shape of a body sound, so that the rules of the domain can still be asked. */
const SOFT = new Set([
  'maxLength',
  'minLength',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
]);

export function isShapeSound(errors: readonly FastifySchemaValidationError[]): boolean {
  return errors.every(({ keyword }) => SOFT.has(keyword));
}

/**
 * The errors of a JSON schema validator by JSON path: `content.title.value[0].languageCode`; `$` is the body as a whole,
 * and a parameter stands under its name.
 */
export function faultsOf(errors: readonly FastifySchemaValidationError[], context?: string): FaultMap {
  const faults = new Faults();
  for (const error of errors) {
    const missing = error.keyword === 'required' ? String(error.params['missingProperty']) : undefined;
    const path = toPath(error.instancePath, missing);
    faults.add(
      path === '' ? placeOf(context) : path,
      missing === undefined ? messageOf(error) : 'must be given',
    );
  }
  return faults.fields;
}

function placeOf(context: string | undefined): string {
  return context === undefined || context === 'body' ? '$' : context;
}

function messageOf({ keyword, params, message }: FastifySchemaValidationError): string {
  if (keyword === 'enum') return `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
  if (keyword === 'format') return `must be a ${String(params['format'])}`;
  return message ?? 'is not valid';
}

/** A JSON pointer as a path: `/a/0/b` is `a[0].b`. */
function toPath(pointer: string, last: string | undefined): string {
  const tokens = pointer.split('/').slice(1);
  if (last !== undefined) tokens.push(last);
  return tokens
    .map((token) => (/^\d+$/.test(token) ? `[${token}]` : `.${token}`))
    .join('')
    .replace(/^\./, '');
}
