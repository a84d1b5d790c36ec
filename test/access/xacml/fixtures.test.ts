import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/access/xacml/compile.ts';
import { evaluate } from '../../../src/access/xacml/evaluate.ts';
import { minimumLevel } from '../../../src/access/xacml/minimum-level.ts';
import { ACTION, ACTION_ID, RESOURCE, SUBJECT } from '../../../src/access/xacml/names.ts';
import type { Policy } from '../../../src/access/xacml/policy.ts';
import { RequestBuilder } from '../../../src/access/xacml/request.ts';

const read = (name: string): Policy =>
  compilePolicy(readFileSync(new URL(`../../fixtures/policies/${name}.policy.xml`, import.meta.url), 'utf8'));

type Pairs = Readonly<Record<string, string>>;

function decide(policy: Policy, action: string, [subject, resource]: readonly [Pairs, Pairs]) {
  const builder = new RequestBuilder().add(ACTION, ACTION_ID, action);
  for (const [id, value] of Object.entries(subject)) builder.add(SUBJECT, id, value);
  for (const [id, value] of Object.entries(resource)) builder.add(RESOURCE, id, value);
  const { decision, rule, obligations } = evaluate(policy, builder.build());
  return [decision, rule?.replace(/^.*:/, ''), minimumLevel(obligations), minimumLevel(obligations, true)];
}

const role = (code: string): Pairs => ({ 'urn:altinn:rolecode': code });

describe('a policy of a resource with events, with a byte-order mark and tabs', () => {
  const policy = read('vei_bompassering');
  const resource = { 'urn:altinn:resource': 'vei_bompassering' };
  test.each([
    ['subscribe', role('dagl'), resource, ['Permit', '1', 3, 3]],
    ['subscribe', { 'urn:altinn:accesspackage': 'Veitransport' }, resource, ['Permit', '1', 3, 3]],
    ['publish', { 'urn:altinn:org': 'VEI' }, resource, ['Permit', '2', 3, 3]],
    ['publish', role('DAGL'), resource, ['NotApplicable', undefined, 0, 0]],
    ['Subscribe', role('DAGL'), resource, ['NotApplicable', undefined, 0, 0]],
    ['subscribe', role('DAGL'), { 'urn:altinn:resource': 'other' }, ['NotApplicable', undefined, 0, 0]],
  ])('on %s by %j', (action, subject, on, expected) => {
    expect(decide(policy, action, [subject, on])).toEqual(expected);
  });
});

describe('a policy of an app with tasks, and a lower level for its owner', () => {
  const policy = read('app_fjord_fangstmelding');
  const app = { 'urn:altinn:org': 'fjord', 'urn:altinn:app': 'fangstmelding' };
  test.each([
    ['instantiate', { 'urn:altinn:org': 'fjord' }, app, ['Permit', '1', 4, 2]],
    ['write', role('UTINN'), { ...app, 'urn:altinn:task': 'Task_1' }, ['Permit', '2', 4, 2]],
    ['write', role('UTINN'), app, ['NotApplicable', undefined, 0, 0]],
    ['sign', role('UTINN'), { ...app, 'urn:altinn:task': 'Task_2' }, ['NotApplicable', undefined, 0, 0]],
    ['read', role('DAGL'), { ...app, 'urn:altinn:appresource': 'events' }, ['Permit', '1', 4, 2]],
  ])('on %s by %j', (action, subject, on, expected) => {
    expect(decide(policy, action, [subject, on])).toEqual(expected);
  });
});

describe('a policy without prefix that denies, with line ends of Windows', () => {
  const policy = read('helse-innsyn');
  const resource = { 'urn:altinn:resource': 'helse-innsyn' };
  const closed = { ...resource, 'urn:altinn:subresource': 'sperret' };
  test.each([
    ['read', role('PRIV'), resource, ['Permit', 'self', 4, 4]],
    ['read', role('PRIV'), closed, ['Deny', 'closed', 0, 0]],
    ['write', role('PRIV'), closed, ['Deny', 'closed', 0, 0]],
    ['read', role('DAGL'), resource, ['NotApplicable', undefined, 0, 0]],
  ])('on %s by %j of %j', (action, subject, on, expected) => {
    expect(decide(policy, action, [subject, on])).toEqual(expected);
  });
});
