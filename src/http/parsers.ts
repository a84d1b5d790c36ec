import type { FastifyInstance } from 'fastify';
import { Failure, toError } from '../lib/errors.ts';

/** What a content type parser ends with. */
type Done = (error: Error | null, body?: unknown) => void;

/** Refuses what is no UTF-8, where Node would put a replacement character; passes over a byte order mark. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Bodies are JSON and nothing else. An empty body is no body, whatever content type it claims: some clients send one
 * with every POST and DELETE.
 */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  acceptAsJson(app, 'application/json');
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) =>
    body.length === 0 ? done(null, undefined) : done(new Failure('media-type')),
  );
}

/** Lets a group of routes read JSON Patch documents as well. */
export function acceptJsonPatch(app: FastifyInstance): void {
  acceptAsJson(app, 'application/json-patch+json');
}

function acceptAsJson(app: FastifyInstance, contentType: string): void {
  app.addContentTypeParser(contentType, { parseAs: 'buffer' }, (_, bytes, done) =>
    parseJson(bytes as Buffer, done),
  );
}

function parseJson(bytes: Buffer, done: Done): void {
  if (bytes.length === 0) return done(null, undefined);
  let body: unknown;
  try {
    body = JSON.parse(UTF8.decode(bytes));
  } catch (thrown) {
    const fields = { $: ['must be JSON'] };
    return done(new Failure('request-invalid', { fields, cause: toError(thrown) }));
  }
  done(null, body);
}
