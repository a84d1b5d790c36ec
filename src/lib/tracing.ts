import {
  type Attributes,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';

/**
 * Spans, for whoever has installed and registered an OpenTelemetry SDK. Parents travel as text (W3C Trace Context),
 * because they go through the log from one process to another.
 */
export interface Span {
  /** What children name as their parent. */
  readonly traceparent: string;
  /** Something happened meanwhile. */
  note(name: string, epochMilliseconds: number): void;
  end(result?: SpanResult): void;
}

export interface SpanResult {
  /** When the name is only known at the end. */
  readonly name?: string;
  readonly attributes?: Attributes;
  readonly failed?: boolean;
}

export interface SpanStart {
  /** `server`: answers somebody. `client`: asks somebody else. */
  readonly kind: 'server' | 'client';
  /** A traceparent; null or undefined for a trace of its own. */
  readonly parent: string | null | undefined;
  readonly attributes?: Attributes;
}

/** Stands in for the tracer of an SDK, and becomes it when one is registered. */
const tracer = trace.getTracer('budstikka');
const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT };
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** Undefined when no SDK is registered: a span then costs next to nothing, and its result need not be made. */
export function startSpan(name: string, { kind, parent, attributes = {} }: SpanStart): Span | undefined {
  const above = parseTraceparent(parent);
  const context = above ? trace.setSpanContext(ROOT_CONTEXT, { ...above, isRemote: true }) : ROOT_CONTEXT;
  const span = tracer.startSpan(name, { kind: KINDS[kind], attributes }, context);
  const own = span.spanContext();
  // Without an SDK the context above is handed back, or an invalid one.
  if (!isSpanContextValid(own) || own.spanId === above?.spanId) return undefined;
  return {
    traceparent: toTraceparent(own),
    note: (what, at) => void span.addEvent(what, at),
    end: (result = {}) => {
      if (result.name !== undefined) span.updateName(result.name);
      if (result.attributes) span.setAttributes(result.attributes);
      if (result.failed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** The parts of a traceparent; undefined when it is absent, malformed, or all zeros, which is invalid. */
export function parseTraceparent(text: string | null | undefined): SpanContext | undefined {
  if (!text) return undefined;
  const [, traceId = '', spanId = '', flags = '00'] = TRACEPARENT.exec(text) ?? [];
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED };
  return isSpanContextValid(context) ? context : undefined;
}

/** As W3C Trace Context writes it. */
export function toTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
