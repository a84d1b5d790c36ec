import { expect, test } from 'vitest';
import { Contract } from '../../scripts/conformance/contract.ts';
import { playDialogporten } from '../../scripts/conformance/dialogporten.ts';
import { OperationRecord } from '../../scripts/conformance/ledger.ts';
import { judge } from '../../scripts/conformance/report.ts';
import { Sent } from '../../scripts/conformance/sent.ts';
import { exampleTarget } from '../../scripts/conformance/target.ts';
import { startTestPlatform } from '../support/platform.ts';

const contract = await Contract.read();
const JSON_TYPE = new Headers({ 'content-type': 'application/json' });
const PROBLEM_TYPE = new Headers({ 'content-type': 'application/problem+json; charset=utf-8' });
const PROBLEM = { type: 'about:blank', title: 'No', instance: '/', traceId: 'a' };

function recordOf(id: string): OperationRecord {
  return new OperationRecord(contract, contract.operation(id));
}

test('every published operation of Dialogporten is kept, to the last property and refusal', async () => {
  await using platform = await startTestPlatform();
  const { rows, failures } = await playDialogporten(exampleTarget(platform.base));
  expect(failures).toEqual([]);
  expect(rows).toHaveLength(44);
}, 60_000);

test('what was not played, asked or answered is a failure, each by its name', () => {
  const { rows, failures } = judge(contract, [recordOf('GET /metadata/serviceresources')]);
  expect(rows[0]?.holds).toBe(false);
  expect(failures).toContain('GET /metadata/serviceresources: accept-language was never asked with');
  expect(failures).toContain('GET /metadata/serviceresources: items[].roles[].urn was never answered');
  expect(failures).toContain('GET /metadata/serviceresources: 200 was never answered');
});

test('a value counts as given when a request has put it there, under its name when it is a common one', () => {
  const record = recordOf('GET /serviceowner/dialogs/{dialogId}/context/labels');
  const sent = new Sent();
  sent.note('', { body: { isApiOnly: true, value: 'a label', name: 'x' } });
  const answer = (value: string) => ({ status: 200, headers: JSON_TYPE, body: [{ value }] });
  record.noteAnswer(answer('x'), 200, sent);
  expect([...record.answered]).toEqual([['[].value', 'made']]);
  record.noteAnswer(answer('A label'), 200, sent);
  expect([...record.answered]).toEqual([['[].value', 'given']]);
  expect([sent.has('isApiOnly', true), sent.has('isDeleted', true)]).toEqual([true, false]);
});

test('an answer that is not as described is told: status, kind, word, form and stranger', () => {
  const body = { dialogId: 'x', systemLabels: ['Shelf'], endUserContextRevision: null, more: 1 };
  const record = recordOf('GET /serviceowner/dialogs/endusercontext');
  const page = { items: [body], hasNextPage: 'no', orderBy: 'a' };
  record.noteAnswer({ status: 200, headers: JSON_TYPE, body: page }, 200, new Sent());
  expect([...record.faults]).toEqual([
    '$.items[].dialogId is x, no guid',
    '$.items[].systemLabels[] is Shelf, none of the published words',
    '$.items[].endUserContextRevision is null',
    '$.items[].more is not published',
    '$.hasNextPage is string, not boolean',
  ]);
});

test('a refusal without the members, the type or the status of problem details is told', () => {
  const record = recordOf('GET /enduser/parties');
  const sent = new Sent();
  record.noteAnswer({ status: 403, headers: PROBLEM_TYPE, body: { ...PROBLEM, status: 403 } }, 403, sent);
  expect([...record.faults]).toEqual([]);
  record.noteAnswer({ status: 401, headers: JSON_TYPE, body: { ...PROBLEM, status: 403 } }, 403, sent);
  const { traceId: _, ...traceless } = PROBLEM;
  record.noteAnswer({ status: 400, headers: PROBLEM_TYPE, body: { ...traceless, status: 400 } }, 400, sent);
  expect([...record.faults].map((fault) => fault.replace(/ due: .*/, ' due'))).toEqual([
    '401 where 403 was due',
    '401 comes as application/json',
    '401: says 403',
    '400: traceId is missing',
    '400: says nothing of what is wrong',
  ]);
});
