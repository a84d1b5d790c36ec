import type { FastifyReply } from 'fastify';
import type { Written } from '../dialogs/transact.ts';
import { Failure } from '../lib/errors.ts';
import { isUuid } from '../lib/uuid.ts';

/**
 * The revision of an If-Match header, bare or quoted; undefined when there is none, or any will do.
 * Throws `request-invalid` for what is no revision.
 */
export function readIfMatch(header: string | undefined): string | undefined {
  const text = header?.trim() ?? '';
  if (text === '' || text === '*') return undefined;
  const bare = /^(?:W\/)?"(.*)"$/.exec(text)?.[1] ?? text;
  if (isUuid(bare)) return bare.toLowerCase();
  throw new Failure('request-invalid', { fields: { 'If-Match': ['must be a revision'] } });
}

/** What every answer to a command carries: the dialog's revision and, where asked for, when it was committed. */
export function tellWritten(reply: FastifyReply, written: Written, serverTiming: boolean): void {
  reply.header('Etag', written.revision);
  if (written.committedAt === undefined) return;
  reply.request.trace.span?.note('committed', written.committedAt);
  if (serverTiming) {
    reply.header('Server-Timing', `commit;desc="${written.committedAt.toFixed(3)}"`);
  }
}

/** Answers with the id of what was created, as a JSON string. */
export function sendId(reply: FastifyReply, id: string): FastifyReply {
  return reply.code(201).type('application/json; charset=utf-8').send(JSON.stringify(id));
}
