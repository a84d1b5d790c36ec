import type { FastifyInstance } from 'fastify';
import { Failure, toError } from '../lib/errors.ts';

/** What a content type parser ends with. */
type Done = (error: Error | null, body?: unknown) => void;

/**
 * Bodies are JSON and nothing else. An empty body is no body, whatever content type it claims: some clients send one
 * with every POST and DELETE.
 */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, text, done) =>
    parseJson(String(text), done),
  );
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) =>
    body.length === 0 ? done(null, undefined) : done(new Failure('media-type')),
  );
}

/** Lets a group of routes read JSON Patch documents as well. */
export function acceptJsonPatch(app: FastifyInstance): void {
  app.addContentTypeParser('application/json-patch+json', { parseAs: 'string' }, (_, text, done) =>
    parseJson(String(text), done),
  );
}

function parseJson(text: string, done: Done): void {
  if (text === '') return done(null, undefined);
  let body: unknown;
  try {
    body = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch (thrown) {
    const fields = { $: ['must be JSON'] };
    return done(new Failure('request-invalid', { fields, cause: toError(thrown) }));
  }
  done(null, body);
}
