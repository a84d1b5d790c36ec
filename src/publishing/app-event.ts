import { hasDuplicateMember } from '../access/tokens/duplicate-members.ts';
import { Failure } from '../lib/errors.ts';
import { maskPersonNumbers } from '../lib/person-number.ts';
import { partsOf } from '../lib/json-parts.ts';
import { type OutsideEvent, readEvent } from './read-event.ts';

/** What an app says about itself, and what we add. */
export interface AppEventSetting {
  /** Short code of the app's owner, and the app: who the platform access token speaks for. */
  readonly app: { readonly issuer: string; readonly app: string };
  /** The new event's id, and its time as a wire time. */
  readonly id: string;
  readonly time: string;
}

/** Members of the request and the attributes that they become; the rest is ours or dropped. */
const COPIED = [
  ['source', 'source'],
  ['type', 'type'],
  ['subject', 'subject'],
  ['alternativesubject', 'alternativesubject'],
  ['dataschema', 'dataschema'],
  ['contenttype', 'datacontenttype'],
  ['data', 'data'],
] as const;

/**
 * Composes the event of an app from its request (Altinn Events, "publish an app event"): a new id, the time of now, the
 * app's resource, and the instance when the source names one. `data` goes along as it was written.
 *
 * @throws Failure `request-invalid`; `token-refused` when the source is not the app's own
 */
export function composeAppEvent(text: string, { app, id, time }: AppEventSetting): OutsideEvent {
  const given = readMembers(text);
  const source = requireTexts(given);
  const path = pathOf(source);
  const [, org, name, kind, party, instance] = path;
  if (org !== app.issuer || name !== app.app) {
    const detail = `${app.issuer}/${app.app} is not authorized to create events for ${maskPersonNumbers(source)}`;
    throw new Failure('token-refused', { detail });
  }
  const own = {
    specversion: '1.0',
    id,
    time,
    resource: `urn:altinn:resource:app_${org}_${name}`.toLowerCase(),
    ...(kind === 'instances' && party && instance && { resourceinstance: `${party}/${instance}` }),
  };
  const copied = COPIED.flatMap(([from, to]) => {
    const written = given.get(from);
    return written === undefined ? [] : [`${JSON.stringify(to)}:${written}`];
  });
  return readEvent(`{${[JSON.stringify(own).slice(1, -1), ...copied].join(',')}}`);
}

/** The members by name in lower case, each as it was written; null counts as absent. */
function readMembers(text: string): ReadonlyMap<string, string> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new Failure('request-invalid', { fields: { RequestBody: ['The body is not JSON.'] }, cause });
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body) || hasDuplicateMember(text)) {
    const fault = 'The body is a JSON object in which no member is named twice.';
    throw new Failure('request-invalid', { fields: { RequestBody: [fault] } });
  }
  const parts = partsOf(text).filter((part) => part.text !== 'null');
  return new Map(parts.map((part) => [part.name?.toLowerCase() ?? '', part.text]));
}

/** Throws unless everything that the contract requires is there. Gives the source. */
function requireTexts(given: ReadonlyMap<string, string>): string {
  const [source] = ['source', 'specversion', 'type', 'subject'].map((name) => {
    const value: unknown = JSON.parse(given.get(name) ?? 'null');
    if (typeof value === 'string' && value !== '') return value;
    throw invalid('Missing parameter values: source, subject and type cannot be null');
  });
  return source ?? '';
}

/** The segments of the source's path. A path that only looks like another app's beginning is another app's. */
function pathOf(source: string): readonly string[] {
  if (!URL.canParse(source)) throw invalid('source must be an absolute URI');
  return new URL(source).pathname.split('/');
}

function invalid(detail: string): Failure {
  return new Failure('request-invalid', { detail });
}
