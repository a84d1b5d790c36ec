import { Failure } from '../../lib/errors.ts';
import { BOOLEAN, INTEGER, STRING, XML_SCHEMA } from './names.ts';
import type { XacmlValue } from './request.ts';

export type JsonScalar = string | number | boolean;

const DOUBLE = `${XML_SCHEMA}double`;

/** Data types that may be written without their URI (JSON profile 1.1, table 1; those of XML Schema). */
const SHORT_NAMES: ReadonlySet<string> = new Set(
  (
    'string boolean integer double date time dateTime anyURI ' +
    'dayTimeDuration yearMonthDuration hexBinary base64Binary'
  ).split(' '),
);

/**
 * The values of a JSON attribute. Without a data type it follows from the JSON type (JSON profile 1.1 §3.3), the same
 * for all values of an array; numbers are doubles as soon as one of them is no integer. Throws `request-invalid`.
 */
export function jsonValues(values: readonly JsonScalar[], dataType: string | undefined): XacmlValue[] {
  const one = dataType === undefined ? inferred(values) : expanded(dataType);
  return values.map((value) => ({ value: String(value), dataType: one }));
}

function inferred(values: readonly JsonScalar[]): string {
  const types = new Set(values.map(typeOf));
  if (types.has(DOUBLE)) types.delete(INTEGER);
  const [first = STRING, ...more] = types;
  if (more.length > 0) refuse('the values of one attribute must have one type, or DataType');
  return first;
}

function typeOf(value: JsonScalar): string {
  if (typeof value === 'string') return STRING;
  if (typeof value === 'boolean') return BOOLEAN;
  return Number.isSafeInteger(value) ? INTEGER : DOUBLE;
}

function expanded(dataType: string): string {
  if (dataType.includes(':')) return dataType;
  return SHORT_NAMES.has(dataType) ? XML_SCHEMA + dataType : refuse(`data type ${dataType} is not known`);
}

function refuse(detail: string): never {
  throw new Failure('request-invalid', { detail });
}
