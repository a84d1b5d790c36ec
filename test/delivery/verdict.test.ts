import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CASES, judge } from '../../src/delivery/verdict.ts';
import type { FailureCause, SendResult } from '../../src/outbound/send-result.ts';

const TIMES = { startedAt: 1, firstByteAt: 2, endedAt: 3 };

function answered(status: number, retryAfter?: number): SendResult {
  return { kind: 'answered', status, retryAfter, body: '', complete: true, ...TIMES };
}

function failed(cause: FailureCause, detail = 'nothing'): SendResult {
  return { kind: 'failed', cause, detail, startedAt: undefined, endedAt: 3, reused: false };
}

test('the table in the documentation is the table of cases', async () => {
  const page = await readFile(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
  const [, table] = /\| The endpoint \| Then \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(page) ?? [];
  expect(table).toBe(CASES.map((one) => `| ${one.endpoint} | ${one.means} |\n`).join(''));
});

test('every 2xx delivers, and nothing else does', () => {
  for (let status = 100; status < 600; status++)
    expect(judge(answered(status)).kind === 'delivered').toBe(status >= 200 && status < 300);
});

test('429 and 503 defer when they say for how long, and are refusals otherwise', () => {
  for (const status of [429, 503]) {
    expect(judge(answered(status, 7))).toMatchObject({ kind: 'deferred', waitMs: 7000 });
    expect(judge(answered(status, 0))).toMatchObject({ kind: 'deferred', waitMs: 0 });
    expect(judge(answered(status))).toMatchObject({ kind: 'failed', status });
  }
  expect(judge(answered(500, 7))).toMatchObject({ kind: 'failed', status: 500 });
});

test('410 is about the endpoint, a redirect and any other answer about the event', () => {
  expect(judge(answered(410))).toMatchObject({ kind: 'gone' });
  for (const status of [301, 307, 400, 404, 409, 500]) expect(judge(answered(status)).kind).toBe('failed');
});

test('whoever does not answer has failed without a status', () => {
  for (const cause of ['dns', 'connect', 'tls', 'timeout', 'reset', 'refused-address', 'protocol'] as const)
    expect(judge(failed(cause))).toEqual({ kind: 'failed', cause: `${cause}: nothing` });
});

test('what we did not begin, or broke off ourselves, was no attempt', () => {
  expect(judge(failed('stopped'))).toEqual({ kind: 'not-started' });
  expect(judge({ kind: 'not-started', because: 'no-room' })).toEqual({ kind: 'not-started' });
});

test('causes can be stored, whatever a stranger says', () => {
  expect(judge(failed('tls', 'a\0b'))).toEqual({ kind: 'failed', cause: 'tls: a\uFFFDb' });
});
