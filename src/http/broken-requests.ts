import { STATUS_CODES } from 'node:http';
import type { FastifyServerOptions } from 'fastify';
import { type ErrorCode, Failure } from '../lib/errors.ts';
import { dialogportenProblem, type Rendered, statusOf } from './problem.ts';
import { openTrace } from './trace.ts';

/** What Node says of a message that is no request; everything else is broken HTTP. */
const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request-too-slow',
  HPE_HEADER_OVERFLOW: 'head-too-large',
};

/**
 * Requests that reach no route, because their message or their path cannot be read, are answered with problem details
 * too. Nobody knows which API they were meant for, so it is Dialogporten's form.
 */
export const brokenRequests = {
  clientErrorHandler(error, socket) {
    // Whoever has gone reads no answer.
    if (!socket.writable) return;
    const code = BY_CODE[(error as NodeJS.ErrnoException).code ?? ''] ?? 'request-invalid';
    const { status, contentType, body } = render(
      new Failure(code, { detail: 'The message cannot be read as HTTP.' }),
    );
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `Content-Type: ${contentType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  },
  frameworkErrors(_, _request, reply) {
    const { status, contentType, body } = render(
      new Failure('request-invalid', { detail: 'The path cannot be read.' }),
    );
    reply.raw.writeHead(status, { 'content-type': contentType }).end(body);
  },
} satisfies FastifyServerOptions;

function render(failure: Failure): Rendered & { readonly status: number } {
  const status = statusOf(failure);
  const traceId = openTrace(undefined).id;
  return { status, ...dialogportenProblem(failure, { status, instance: '/', traceId }) };
}
