import { toUtc } from './event-time.ts';
import { isOwnAttribute, isOwnType } from './reserved-names.ts';

/** An event as JSON has it. A member that is null counts as absent (CloudEvents JSON format §2.2). */
export type EventMembers = Readonly<Record<string, unknown>>;

interface Rule {
  readonly holds: (text: string) => boolean;
  readonly says: string;
}

const REQUIRED = ['specversion', 'id', 'source', 'type'];

/** Bytes of a text: what is indexed must fit in a third of a database page. */
const LONGEST = 1024;
const LONGEST_SOURCE = 4096;
/** Faults named at once. */
const FAULTS_MOST = 20;

/** Control characters, half characters and noncharacters (CloudEvents 1.0, type system). */
const UNFIT = /[\p{Cc}\p{Surrogate}\p{Noncharacter_Code_Point}]/u;
/** Letters beyond ASCII are let through, as Altinn does. */
const URI_REFERENCE = /^[^\s<>"{}|\\^`]+$/u;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const short: Rule = { holds: (text) => isWithin(text, LONGEST), says: `must be 1 to ${LONGEST} bytes long` };

/** Attributes that are text, and what each must be. */
const TEXTS: Readonly<Record<string, Rule>> = {
  specversion: { holds: (text) => text === '1.0', says: 'must be 1.0' },
  id: short,
  source: {
    holds: (text) => URI_REFERENCE.test(text) && isWithin(text, LONGEST_SOURCE),
    says: `must be a URI reference of at most ${LONGEST_SOURCE} bytes`,
  },
  type: {
    holds: (text) => isWithin(text, LONGEST) && !isOwnType(text),
    says: `must be 1 to ${LONGEST} bytes long and not begin with platform. or budstikka.`,
  },
  subject: short,
  time: { holds: (text) => toUtc(text) !== undefined, says: 'must be an RFC 3339 timestamp' },
  dataschema: { holds: (text) => URL.canParse(text), says: 'must be an absolute URI' },
  datacontenttype: short,
};

/** Extensions of Altinn's: of any type, and when they are text bound by the same. */
const EXTENSIONS: Readonly<Record<string, Rule>> = { resourceinstance: short, alternativesubject: short };

/**
 * What is wrong with the attributes of an event (CloudEvents 1.0 and its JSON format; Altinn Events, CloudEvent rules),
 * in sentences. No sentence repeats a value: it may be a person's number.
 */
export function attributeFaults(event: EventMembers): string[] {
  const given = Object.entries(event).filter(([, value]) => value !== null);
  const missing = REQUIRED.filter(
    (name) => event[name] === undefined || event[name] === null || event[name] === '',
  );
  const faults =
    missing.length > 0
      ? [`CloudEvent is missing required attributes: ${missing.join(', ')} (Parameter 'data')`]
      : [];
  for (const [name, value] of given) {
    const says = missing.includes(name) ? undefined : faultOf(name, value);
    if (says !== undefined) faults.push(`The attribute '${name.slice(0, 40)}' ${says}.`);
  }
  if (given.filter(([name]) => name === 'data' || name === 'data_base64').length > 1) {
    faults.push("An event has either 'data' or 'data_base64'.");
  }
  return faults.slice(0, FAULTS_MOST);
}

function faultOf(name: string, value: unknown): string | undefined {
  if (name === 'data') return undefined;
  if (name === 'data_base64')
    return typeof value === 'string' && BASE64.test(value) ? undefined : 'must be base64';
  if (!/^[a-z0-9]+$/.test(name)) return 'must have a name of lower-case letters and digits';
  if (isOwnAttribute(name)) return 'is reserved';
  const core = ruleOf(TEXTS, name);
  if (typeof value === 'string') {
    const rule = core ?? ruleOf(EXTENSIONS, name);
    if (UNFIT.test(value)) return 'must not contain control characters';
    return rule === undefined || rule.holds(value) ? undefined : rule.says;
  }
  if (core !== undefined) return 'must be a string';
  const isSimple = typeof value === 'boolean' || isInteger(value);
  return isSimple ? undefined : 'must be a string, a 32-bit integer or a boolean';
}

function ruleOf(rules: Readonly<Record<string, Rule>>, name: string): Rule | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}

function isInteger(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value === (value | 0);
}

function isWithin(text: string, bytes: number): boolean {
  return text !== '' && Buffer.byteLength(text) <= bytes;
}

/** An attribute as text; undefined when it is absent. */
export function textOf(event: EventMembers, name: string): string | undefined {
  const value = event[name];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
