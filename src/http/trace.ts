import { randomBytes } from 'node:crypto';

/** The trace that a request belongs to (W3C Trace Context). */
export interface Trace {
  /** 32 hexadecimal digits; stands in problems and in the log. */
  readonly id: string;
  /** What the request's own work is a child of: goes on to events. */
  readonly parent: string;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** The caller's trace with a new span for this request, or a new trace when the header is absent or malformed. */
export function openTrace(traceparent: string | string[] | undefined): Trace {
  const parts = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  const [, known = '', span = '', flags = '01'] = parts ?? [];
  const id = isZero(known) || isZero(span) ? randomBytes(16).toString('hex') : known;
  return { id, parent: `00-${id}-${randomBytes(8).toString('hex')}-${flags}` };
}

/** Absent, or all zeros: the specification calls both invalid. */
function isZero(digits: string): boolean {
  return /^0*$/.test(digits);
}
