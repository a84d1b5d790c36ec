import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDecisions } from '../../../src/access/altinn/decision-answer.ts';
import { decisionDocument } from '../../../src/access/altinn/decision-document.ts';
import { type DecisionQuestion, keyOf } from '../../../src/access/altinn/decision-question.ts';
import { ACTION, RESOURCE, SUBJECT } from '../../../src/access/xacml/names.ts';

const question = (instance: string): DecisionQuestion => ({
  subject: [['urn:altinn:userid', '20001']],
  action: 'subscribe',
  resource: [
    ['urn:altinn:resource', 'super-simple-service'],
    ['urn:altinn:resourceinstance', instance],
  ],
});

const STATUS = 'urn:oasis:names:tc:xacml:1.0:status:';

interface Said {
  readonly decision?: unknown;
  readonly userId?: string;
  readonly action?: string;
  readonly more?: readonly [string, string];
  readonly without?: 'subject' | 'everything';
  readonly status?: string;
}

/** A result for the question with this event id, as Altinn writes it. */
function result(eventId: string, said: Said = {}): object {
  const { decision = 'Permit', userId = '20001', action = 'subscribe', more, without, status = 'ok' } = said;
  const category = (categoryId: string, ...attributes: (readonly [string, string])[]) => ({
    categoryId,
    attribute: attributes.map(([attributeId, value]) => ({ attributeId, value })),
  });
  const resource = category(RESOURCE, ['urn:altinn:event-id', eventId], ...(more ? [more] : []));
  const subject = category(SUBJECT, ['urn:altinn:userid', userId]);
  const acts = category(ACTION, ['urn:oasis:names:tc:xacml:1.0:action:action-id', action]);
  const repeated =
    without === 'everything' ? [] : [...(without === 'subject' ? [] : [subject]), acts, resource];
  return { decision, status: { statusCode: { value: STATUS + status } }, category: repeated };
}

/** What an answer to these questions says of each, in their order; undefined for nothing. */
function read(
  instances: readonly string[],
  answer: (ids: readonly string[]) => unknown,
): (string | undefined)[] {
  const questions = instances.map(question);
  const document = decisionDocument(questions, 'nonce');
  const decisions = readDecisions(answer([...document.questions.keys()]), document.questions);
  return questions.map((one) => decisions.get(keyOf(one))?.decision);
}

const one = (answer: (id: string) => unknown) => read(['a'], ([id = '']) => answer(id))[0];

test('results find their questions in any order, with any of them left out and strangers among them', () => {
  const answer = fc.array(fc.record({ keep: fc.boolean(), permits: fc.boolean() }), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(answer, fc.infiniteStream(fc.nat()), (wanted, random) => {
      const said = read(
        wanted.map((_, index) => `dialog-${index}`),
        (ids) => ({
          response: ids
            .flatMap((id, index) =>
              wanted[index]?.keep
                ? [result(id, { decision: wanted[index]?.permits ? 'Permit' : 'Deny' })]
                : [],
            )
            .concat(result('another-request-1'))
            .map((each) => ({ each, at: random.next().value }))
            .toSorted((left, right) => left.at - right.at)
            .map(({ each }) => each),
        }),
      );
      expect(said).toEqual(
        wanted.map(({ keep, permits }) => (keep ? (permits ? 'Permit' : 'Deny') : undefined)),
      );
    }),
  );
});

describe('a result belongs to nobody', () => {
  test.each<[string, Said]>([
    ['when it repeats the subject of somebody else', { userId: '1' }],
    ['when it repeats another action', { action: 'read' }],
    ['when it repeats an attribute that was not asked', { more: ['urn:altinn:resourceinstance', 'b'] }],
    ['when it repeats no subject', { without: 'subject' }],
    ['when it permits and repeats nothing', { without: 'everything' }],
    [
      'when it could not decide for a reason of its own',
      { without: 'everything', decision: 'Indeterminate', status: 'syntax-error' },
    ],
  ])('%s', (_, said) => {
    expect(one((id) => ({ response: [result(id, said)] }))).toBeUndefined();
  });

  test('when another says something else of the same question', () => {
    expect(one((id) => ({ response: [result(id), result(id, { decision: 'Deny' })] }))).toBeUndefined();
    expect(one((id) => ({ response: [result(id), result(id)] }))).toBe('Permit');
  });

  test('when it repeats nothing and there were two questions', () => {
    const deny = { without: 'everything', decision: 'Deny' } as const;
    expect(read(['a', 'b'], ([id = '']) => ({ response: [result(id, deny)] }))).toEqual([
      undefined,
      undefined,
    ]);
  });
});

test.each<[string, Said]>([
  ['Deny', { decision: 'Deny' }],
  ['NotApplicable', { decision: 'NotApplicable' }],
  ['Indeterminate', { decision: 'Indeterminate', status: 'processing-error' }],
  ['Indeterminate', { decision: 'Indeterminate', status: 'missing-attribute' }],
])('to one question alone, %s is an answer though it repeats nothing', (decision, said) => {
  expect(one((id) => ({ response: [result(id, { ...said, without: 'everything' })] }))).toBe(decision);
});

test.each([
  null,
  'text',
  [],
  { response: {} },
  { response: [1] },
  { response: [{ decision: null, category: result('nonce-1') }] },
])('%j is no answer at all', (body) => {
  expect(() => one(() => body)).toThrow(/is no|has no/);
});

test('no event id is sent twice, and none says what it is about', () => {
  const document = decisionDocument([question('a'), question('b')], 'nonce');
  expect([...document.questions.keys()]).toEqual(['nonce-1', 'nonce-2']);
  expect(JSON.stringify(document.body).match(/nonce-\d/g)).toEqual(['nonce-1', 'nonce-2']);
});
