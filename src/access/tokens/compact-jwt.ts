import { base64url } from 'jose';
import { Failure } from '../../lib/errors.ts';
import { hasDuplicateMember } from './duplicate-members.ts';

/**
 * The issuer that a token claims, read before any signature is checked: good for choosing the keys, for nothing else.
 * Throws Failure('token-refused') unless the token is three parts whose first two are JSON objects, in UTF-8, without
 * members named twice.
 */
export function claimedIssuer(token: string): string {
  const parts = token.split('.');
  if (parts.length !== 3) throw refused('The token is not a signed JWT.');
  const [, payload] = parts.slice(0, 2).map(readObject);
  if (typeof payload?.iss !== 'string') throw refused('The token names no issuer.');
  return payload.iss;
}

function readObject(part: string): Record<string, unknown> {
  const json = decode(part);
  const value = parse(json);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused('The token is not a signed JWT.');
  if (hasDuplicateMember(json)) throw refused('The token names a member twice.');
  return value as Record<string, unknown>;
}

function decode(part: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(base64url.decode(part));
  } catch {
    throw refused('The token is not a signed JWT.');
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw refused('The token is not a signed JWT.');
  }
}

/** The detail goes to the caller: never put anything of the token into it. */
export function refused(detail: string, cause?: unknown): Failure {
  return new Failure('token-refused', { detail, cause });
}
