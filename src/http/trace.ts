import { randomBytes } from 'node:crypto';
import { parseTraceparent, type Span, startSpan, toTraceparent } from '../lib/tracing.ts';

/** The trace that a request belongs to (W3C Trace Context). */
export interface Trace {
  /** 32 hexadecimal digits; stands in problems and in the log. */
  readonly id: string;
  /** What the request's own work is a child of: goes on to events. */
  readonly parent: string;
  readonly span: Span | undefined;
}

/** The caller's trace with a new span for this request, or a new trace when the header is absent or malformed. */
export function openTrace(traceparent: string | string[] | undefined): Trace {
  const header = typeof traceparent === 'string' ? traceparent : undefined;
  const span = startSpan('request', { kind: 'server', parent: header });
  const parent = span?.traceparent ?? childOf(header);
  return { id: parent.slice(3, 35), parent, span };
}

/** Where nobody records, ids are still handed on. */
function childOf(header: string | undefined): string {
  const { traceId = randomBytes(16).toString('hex'), traceFlags = 1 } = parseTraceparent(header) ?? {};
  return toTraceparent({ traceId, spanId: randomBytes(8).toString('hex'), traceFlags });
}
