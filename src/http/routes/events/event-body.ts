import type { FastifyInstance } from 'fastify';
import { Failure } from '../../../lib/errors.ts';

/** A body as it came: events are kept and sent on byte for byte. */
export interface Utf8Body {
  readonly mediaType: string;
  readonly text: string;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Lets a group of routes read these content types as text, each up to so many bytes, and no others. */
export function acceptUtf8(scope: FastifyInstance, limits: Readonly<Record<string, number>>): void {
  scope.removeAllContentTypeParsers();
  for (const [mediaType, bodyLimit] of Object.entries(limits)) {
    scope.addContentTypeParser(mediaType, { parseAs: 'buffer', bodyLimit }, (request, bytes, done) => {
      const charset = /;\s*charset=(?!"?utf-?8"?\s*(?:;|$))/i.test(request.headers['content-type'] ?? '');
      if (charset) done(new Failure('media-type', { detail: 'Events are UTF-8.' }));
      else if (bytes.length === 0) done(refusal('A body must be given.'));
      else decode(bytes as Buffer, (fault, text) => done(fault, { mediaType, text }));
    });
  }
  scope.addContentTypeParser('*', (_, _body, done) => done(new Failure('media-type')));
}

function decode(bytes: Buffer, take: (fault: Failure | null, text?: string) => void): void {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return take(refusal('The body is not UTF-8.'));
  }
  take(null, text);
}

function refusal(fault: string): Failure {
  return new Failure('request-invalid', { fields: { RequestBody: [fault] } });
}
