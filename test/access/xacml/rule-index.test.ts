import { expect, test } from 'vitest';
import { compilePolicy } from '../../../src/access/xacml/compile.ts';
import { evaluate } from '../../../src/access/xacml/evaluate.ts';
import { ACTION, ACTION_ID } from '../../../src/access/xacml/names.ts';
import { RequestBuilder } from '../../../src/access/xacml/request.ts';
import { matchXml, policyXml, ruleXml, targetXml } from './documents.ts';

const onAction = (id: string, ...actions: string[]): string =>
  ruleXml(`Permit ${id}`, targetXml(actions.map((action) => [matchXml('action', action)])));

const asking = (...actions: string[]) => {
  const builder = new RequestBuilder();
  for (const action of actions) builder.add(ACTION, ACTION_ID, action);
  return builder.build();
};

test('only the rules that an action can match are asked, in the order of the document', () => {
  const rules = [
    onAction('a', 'read', 'write'),
    onAction('b', 'write'),
    ruleXml('Permit c'),
    onAction('d', 'read'),
  ];
  const { index } = compilePolicy(policyXml(`<Target/>${rules.join('')}`));
  const names = (action: string) => (index?.byValue.get(action) ?? index?.otherwise)?.map(({ id }) => id);
  expect(names('read')).toEqual(['a', 'c', 'd']);
  expect(names('write')).toEqual(['a', 'b', 'c']);
  expect(names('sign')).toEqual(['c']);
});

test('a request with several actions is asked of all rules', () => {
  const policy = compilePolicy(policyXml(`<Target/>${onAction('a', 'read')}${onAction('b', 'write')}`));
  expect(evaluate(policy, asking('sign', 'write')).rule).toBe('b');
});

test('a policy with too many rules and actions for an index is decided without one', () => {
  const rules = Array.from({ length: 400 }, (_, at) => onAction(`rule-${at}`, `action-${at}`));
  const policy = compilePolicy(policyXml(`<Target/>${rules.join('')}`));
  expect(policy.index).toBeUndefined();
  expect(evaluate(policy, asking('action-399')).rule).toBe('rule-399');
  expect(evaluate(policy, asking('action-400')).decision).toBe('NotApplicable');
});
