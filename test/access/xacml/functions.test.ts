import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/access/xacml/compile.ts';
import { evaluate } from '../../../src/access/xacml/evaluate.ts';
import { SUBJECT, XML_SCHEMA } from '../../../src/access/xacml/names.ts';
import { RequestBuilder } from '../../../src/access/xacml/request.ts';
import { FUNCTION_1, matchXml, policyXml, ruleXml, targetXml } from './documents.ts';

type Row = readonly [literal: string, value: string, expected: boolean | 'malformed'];

const IGNORE_CASE = 'urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case';

const tables: readonly (readonly [id: string, type: string, rows: readonly Row[]])[] = [
  [
    `${FUNCTION_1}string-equal`,
    'string',
    [
      ['read', 'read', true],
      ['read', 'Read', false],
      ['read', ' read', false],
      ['é', 'e\u0301', false],
      ['', '', true],
    ],
  ],
  [
    IGNORE_CASE,
    'string',
    [
      ['DAGL', 'dagl', true],
      ['ÆØÅ', 'æøå', true],
      ['DAGL', 'DAGL ', false],
      ['I', 'ı', false],
    ],
  ],
  [
    `${FUNCTION_1}boolean-equal`,
    'boolean',
    [
      ['true', '1', true],
      ['false', '0', true],
      ['true', '\ttrue\n', true],
      ['true', 'false', false],
      ['true', 'TRUE', 'malformed'],
      ['true', '', 'malformed'],
    ],
  ],
  [
    `${FUNCTION_1}integer-equal`,
    'integer',
    [
      ['7', '+007', true],
      ['0', '-0', true],
      ['-5', '-05', true],
      ['5', '-5', false],
      ['900719925474099300', '900719925474099301', false],
      ['7', '7.0', 'malformed'],
      ['7', '\u00a07', 'malformed'],
      ['7', '٧', 'malformed'],
    ],
  ],
  [
    `${FUNCTION_1}anyURI-equal`,
    'anyURI',
    [
      ['urn:a', ' urn:a ', true],
      ['urn:a', 'URN:a', false],
    ],
  ],
  [
    `${FUNCTION_1}date-equal`,
    'date',
    [
      ['2026-01-01', '2026-01-01Z', true],
      ['2026-01-01+14:00', '2025-12-31-10:00', true],
      ['2026-01-01', '2026-01-01+01:00', false],
      ['2024-02-29', '2024-02-29', true],
      ['2000-02-29', '2000-02-29', true],
      ['2023-02-28', '2023-02-29', 'malformed'],
      ['2023-02-28', '1900-02-29', 'malformed'],
      ['2026-01-01', '2026-04-31', 'malformed'],
      ['2026-01-01', '0000-01-01', 'malformed'],
      ['2026-01-01', '2026-01-01+14:01', 'malformed'],
    ],
  ],
  [
    `${FUNCTION_1}time-equal`,
    'time',
    [
      ['12:00:00', '13:00:00+01:00', true],
      ['12:00:00', '12:00:00.000', true],
      ['24:00:00', '00:00:00', true],
      ['23:30:00Z', '00:30:00+01:00', false],
      ['12:00:00', '12:00:00.001', false],
      ['12:00:00', '24:00:00.1', 'malformed'],
      ['12:00:00', '12:00:60', 'malformed'],
      ['12:00:00', '12:00', 'malformed'],
    ],
  ],
  [
    `${FUNCTION_1}dateTime-equal`,
    'dateTime',
    [
      ['2026-01-01T00:00:00', '2025-12-31T24:00:00Z', true],
      ['2026-01-01T12:00:00.50Z', '2026-01-01T13:00:00.5+01:00', true],
      ['1969-12-31T23:59:59.5Z', '1970-01-01T00:59:59.5+01:00', true],
      ['2026-01-01T12:00:00Z', '2026-01-01T12:00:00.000000001Z', false],
      ['2026-01-01T12:00:00Z', '2026-01-01T12:00Z', 'malformed'],
      ['2026-01-01T12:00:00Z', '2026-01-01', 'malformed'],
      ['2026-01-01T12:00:00Z', '2026-01-01Z12:00:00Z', 'malformed'],
    ],
  ],
  [
    `${FUNCTION_1}string-regexp-match`,
    'string',
    [
      ['DAG', 'DAGL', true],
      ['^DAG$', 'DAGL', false],
      ['^(DAGL|PRIV)$', 'PRIV', true],
    ],
  ],
];

describe.each(tables)('%s', (id, type, rows) => {
  test.each(rows)('says of %j and %j: %s', (literal, value, expected) => {
    const match = matchXml('attribute', literal, { function: id, type });
    const policy = compilePolicy(policyXml(`<Target/>${ruleXml('Permit', targetXml([[match]]))}`));
    const given = { value, dataType: XML_SCHEMA + type };
    const { decision } = evaluate(policy, new RequestBuilder().add(SUBJECT, 'attribute', given).build());
    const outcome = { true: 'Permit', false: 'NotApplicable', malformed: 'Indeterminate{P}' };
    expect(decision).toBe(outcome[`${expected}`]);
  });
});
