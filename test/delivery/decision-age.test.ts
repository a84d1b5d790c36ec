import { expect, test } from 'vitest';
import type { AccessDecision } from '../../src/access/ports.ts';
import { Attempts } from '../../src/delivery/attempt.ts';
import { Course } from '../../src/delivery/course.ts';
import type { LogRow } from '../../src/events/event.ts';
import { monotonic, wallClock } from '../../src/lib/time.ts';
import type { SendResult } from '../../src/outbound/send-result.ts';
import { newSecret, openSecret } from '../../src/outbound/standard-webhooks.ts';
import type { Subscription } from '../../src/subscriptions/subscription.ts';

const SUBSCRIPTION: Subscription = {
  ...{ id: 1, lane: 0, version: 1, deleted: false, state: 'active', ordering: 'dialog', startPosition: 0 },
  ...{ format: 'structured', signing: 'v1', retrySchedule: null },
  ...{ stateReason: null, seek: null, onExhausted: 'continue' as const, recovery: 0 },
  ...{ endpoint: 'https://receiver.example.no/', consumer: '/org/ttd', createdBy: '/org/ttd' },
  ...{ resourceFilter: 'urn:altinn:resource:super-simple-service', includeSubunits: false },
  ...{ subjectFilter: null, sourceFilter: null, typeFilter: null },
  ...{ created: '2026-01-02T03:04:05.0000000Z', validated: true, handshakeAttempt: 1, handshakeInMs: null },
  identity: { orgNumber: '991825827', org: 'ttd', scopes: [], level: 3 },
};

const ROW: LogRow = {
  ...{ position: 7, audience: 'all', owner: '991825827', change: 1, dialogSequence: 1 },
  ...{ type: 'dialogporten.dialog.created.v1', resource: SUBSCRIPTION.resourceFilter, resourceInstance: 'd' },
  ...{ subject: null, source: 'https://dialog.example.no/', id: 'an-event', bytes: '{}', trace: null },
};

/** One attempt whose connection is ready after so many milliseconds; the receiver answers 200. */
function attempt(decision: AccessDecision, connectMs: number) {
  const attempts = new Attempts({
    decisions: { decide: () => [decision] },
    access: { version: 1 },
    freshness: { confirmedAt: monotonic() + 60_000, renew: () => Promise.resolve() },
    freshMs: 250,
    isLeased: () => true,
    detailsOf: () => ({ missing: new Map() }),
    signers: { of: () => [openSecret(newSecret())] },
    cursorOf: String,
    watermarkOf: () => 0,
    send: async (_url, _request, mayStart): Promise<SendResult> => {
      await new Promise((resolve) => setTimeout(resolve, connectMs));
      if (!mayStart()) return { kind: 'not-started', because: 'may-not-start' };
      const at = wallClock();
      const answer = { status: 200, retryAfter: undefined, body: '', complete: true };
      return { kind: 'answered', ...answer, startedAt: at, firstByteAt: at, endedAt: at };
    },
    reach: () => undefined,
  });
  const tally = { open: 0, prompt: 0, behind: 0 };
  const course = new Course(SUBSCRIPTION, { position: 0, joined: true, tally });
  return attempts.make(course, ROW, 1);
}

const PERMIT = { permitted: true, because: 'permitted' };

test('nothing is begun on a decision that has grown too old while the connection was made', async () => {
  const validUntil = monotonic() + 20;
  expect(await attempt({ ...PERMIT, validUntil }, 60)).toEqual({ kind: 'not-started' });
});

test('a decision that is still young enough, or was computed and has no age, is acted upon', async () => {
  const validUntil = monotonic() + 10_000;
  expect(await attempt({ ...PERMIT, validUntil }, 60)).toEqual({ kind: 'delivered', status: 200 });
  expect(await attempt(PERMIT, 60)).toEqual({ kind: 'delivered', status: 200 });
});
