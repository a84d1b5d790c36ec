import type { Random } from './random.ts';

/** An attribute that policies and requests of the fuzzer speak about. */
export interface Kind {
  readonly category: string;
  readonly attribute: string;
  /** Local name of the data type. */
  readonly type: string;
  /** Match functions, and values that some of them find equal. */
  readonly functions: readonly string[];
  readonly values: readonly string[];
}

const CORE = 'urn:oasis:names:tc:xacml:';
const SUBJECT = `${CORE}1.0:subject-category:access-subject`;
const RESOURCE = `${CORE}3.0:attribute-category:resource`;
const ENVIRONMENT = `${CORE}3.0:attribute-category:environment`;

const EQUAL = '1.0:function:string-equal';
const IGNORE_CASE = '3.0:function:string-equal-ignore-case';
export const PATTERN = '1.0:function:string-regexp-match';

export const kinds: readonly Kind[] = [
  {
    category: `${CORE}3.0:attribute-category:action`,
    attribute: `${CORE}1.0:action:action-id`,
    type: 'string',
    functions: [EQUAL, EQUAL, EQUAL, IGNORE_CASE, PATTERN],
    values: ['read', 'Read', 'write', 'subscribe', 'sign'],
  },
  {
    category: SUBJECT,
    attribute: 'urn:altinn:rolecode',
    type: 'string',
    functions: [EQUAL, IGNORE_CASE, IGNORE_CASE, PATTERN],
    values: ['DAGL', 'dagl', 'Regna', 'regna', 'PRIV', ' PRIV', 'abcd'],
  },
  {
    category: SUBJECT,
    attribute: 'urn:altinn:org',
    type: 'string',
    functions: [EQUAL, IGNORE_CASE],
    values: ['ttd', 'TTD', 'skd'],
  },
  {
    category: RESOURCE,
    attribute: 'urn:altinn:resource',
    type: 'string',
    functions: [EQUAL, PATTERN],
    values: ['alpha', 'aab', 'abba', 'b-1', ''],
  },
  {
    category: RESOURCE,
    attribute: 'urn:altinn:task',
    type: 'string',
    functions: [EQUAL],
    values: ['Task_1', 'Task_2', 'x & <y> "z"'],
  },
  typed('integer', ['3', '+03', '-0', '0', '99999999999999999999', '-7']),
  typed('anyURI', ['urn:a', ' urn:a\n', 'urn:b', 'URN:a']),
  typed('boolean', ['true', '1', 'false', '0', ' true ']),
  typed('date', [
    ...['2026-01-01', '2026-01-01Z', '2026-01-01+14:00', '2025-12-31-10:00'],
    ...['2024-02-29', '0001-01-01'],
  ]),
  typed('time', [
    ...['12:00:00', '13:00:00+01:00', '12:00:00.000', '24:00:00', '00:00:00Z'],
    ...['23:30:00Z', '00:30:00+01:00'],
  ]),
  typed('dateTime', [
    ...['2026-01-01T12:00:00Z', '2026-01-01T13:00:00+01:00', '2026-01-01T12:00:00', '2025-12-31T24:00:00Z'],
    ...[
      '2026-01-01T00:00:00.0',
      '2026-01-01T12:00:00.50Z',
      '2026-01-01T12:00:00.5Z',
      '1969-12-31T23:59:59.5Z',
    ],
  ]),
];

/** Values that are not of their data type. */
const malformed: Readonly<Record<string, readonly string[]>> = {
  integer: ['', 'abc', '1.5', '0x1', '1 2', '--1'],
  boolean: ['yes', 'TRUE', ''],
  date: ['2026-02-30', '2023-02-29', '2026-1-1', '0000-01-01', '2026-01-01T00:00:00', '2026-01-01+14:01'],
  time: ['25:00:00', '24:00:01', '24:00:00.1', '12:60:00', '12:00', '12:00:60'],
  dateTime: ['2026-01-01', '2026-01-01T12:00Z', '2026-13-01T00:00:00Z', '2026-01-01 12:00:00', ''],
};

export function dataType(kind: Kind): string {
  return `http://www.w3.org/2001/XMLSchema#${kind.type}`;
}

/** A value of an attribute as a request may carry it, now and then one that is not of its data type. */
export function requestValue(kind: Kind, random: Random): string {
  const bad = malformed[kind.type];
  return bad && random.chance(0.3) ? random.pick(bad) : random.pick(kind.values);
}

/** A pattern over few letters: anchors, classes, groups, alternatives, every quantifier. */
export function pattern(random: Random, depth = 0): string {
  const branches = random.some(1, depth > 2 ? 1 : 2, () =>
    random.some(0, 3, () => piece(random, depth)).join(''),
  );
  return branches.join('|');
}

function piece(random: Random, depth: number): string {
  const quantifier = random.pick(['', '', '', '*', '+', '?', '{2}', '{1,2}', '{0,1}', '{1,}', '*?', '+?']);
  if (random.chance(0.1)) return random.pick(['^', '$']);
  if (depth < 3 && random.chance(0.3)) return `(${pattern(random, depth + 1)})${quantifier}`;
  return (
    random.pick(['a', 'b', 'd', 'D', '.', '[ab]', '[^a]', '[a-d-]', '\\w', '\\d', '\\s', '\\S', '\\-']) +
    quantifier
  );
}

/** An attribute of the environment with the equality of its data type. */
function typed(type: string, values: readonly string[]): Kind {
  const functions = [`1.0:function:${type}-equal`];
  return { category: ENVIRONMENT, attribute: `urn:example:${type}`, type, functions, values };
}
