import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * A place in the log as clients hold it: `b1.<epoch>.<position>.<check>`. The epoch says under which timeline of the
 * database the position was given. The check keeps hand-made positions out; it proves no right, which is asked again
 * at every read.
 */
export interface Cursor {
  readonly epoch: string;
  readonly position: number;
}

const SHAPE = /^b1\.([0-9a-f]{8})\.(\d{1,16})\.([\w-]{8})$/;

export function formatCursor(cursor: Cursor, key: Uint8Array): string {
  const body = `b1.${cursor.epoch}.${cursor.position}`;
  return `${body}.${checkOf(body, key)}`;
}

/** Reads a cursor; undefined when the text is not one, or its check was not made with any of the keys. */
export function parseCursor(text: string, keys: Iterable<Uint8Array>): Cursor | undefined {
  const parts = SHAPE.exec(text);
  if (!parts) return undefined;
  const [, epoch = '', digits = '', check = ''] = parts;
  const body = `b1.${epoch}.${digits}`;
  const genuine = [...keys].some((key) =>
    timingSafeEqual(Buffer.from(checkOf(body, key)), Buffer.from(check)),
  );
  return genuine ? { epoch, position: Number(digits) } : undefined;
}

function checkOf(body: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(body).digest('base64url').slice(0, 8);
}
