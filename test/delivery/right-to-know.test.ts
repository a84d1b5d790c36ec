import { beforeEach, expect, test } from 'vitest';
import type { AccessDecision, AccessQuestion, Identity } from '../../src/access/ports.ts';
import { RightToKnow } from '../../src/delivery/right-to-know.ts';
import type { LogRow } from '../../src/events/event.ts';
import type { Subscription } from '../../src/subscriptions/subscription.ts';

const IDENTITY: Identity = { pid: '08844397713', scopes: ['altinn:events.subscribe'], level: 3 };

const access = { version: 1 };
let asked: AccessQuestion[] = [];
let answer: AccessDecision = { permitted: true, because: 'a-rule' };
let rights: RightToKnow;

beforeEach(() => {
  asked = [];
  answer = { permitted: true, because: 'a-rule' };
  const decide = (questions: readonly AccessQuestion[]) => {
    asked.push(...questions);
    return questions.map(() => answer);
  };
  rights = new RightToKnow({ decisions: { decide }, access });
});

function row(position: number): LogRow {
  const type = 'dialogporten.dialog.created.v1';
  return {
    position,
    type,
    resource: 'urn:altinn:resource:x',
    resourceInstance: 'd',
    subject: null,
  } as LogRow;
}

/** Somebody's, read from the database by itself: no two share an object. */
function subscription(identity: Identity = IDENTITY, consumer = '/user/1'): Subscription {
  return { identity: structuredClone(identity), consumer } as Subscription;
}

async function permits(who: Subscription, ...rows: LogRow[]): Promise<boolean[]> {
  return (await rights.decide(who, rows)).map(({ permitted }) => permitted);
}

test('one event for many subscriptions of one consumer is decided once', async () => {
  const event = row(7);
  for (let count = 0; count < 3; count++) expect(await permits(subscription(), event)).toEqual([true]);
  await permits(subscription(IDENTITY, '/user/2'), event);
  expect(await permits(subscription(), event)).toEqual([true]);
  expect(asked).toHaveLength(2);
});

test('another event, another identity, a batch and a version that has moved are each decided anew', async () => {
  const event = row(7);
  await permits(subscription(), event);
  await permits(subscription(), row(7));
  await permits(subscription({ ...IDENTITY, level: 4 }), row(7));
  await permits(subscription({ ...IDENTITY, scopes: [] }), row(7));
  expect(asked).toHaveLength(4);
  await permits(subscription(), event);
  await permits(subscription(), event, row(8));
  expect(asked).toHaveLength(7);
  access.version++;
  answer = { permitted: false, because: 'no-rule' };
  expect(await permits(subscription(), event)).toEqual([false]);
});

test('a decision that ages is asked for each time', async () => {
  answer = { ...answer, validUntil: 1000 };
  const event = row(7);
  await permits(subscription(), event);
  await permits(subscription(), event);
  expect(asked).toHaveLength(2);
});

test('what is computed while the version moves is acted upon, if at all, by whoever asked, and kept for nobody', async () => {
  const moving = new RightToKnow({
    access,
    decisions: {
      decide: async (questions) => {
        asked.push(...questions);
        await Promise.resolve();
        access.version++;
        return questions.map(() => answer);
      },
    },
  });
  const event = row(7);
  await moving.decide(subscription(), [event]);
  await moving.decide(subscription(), [event]);
  expect(asked).toHaveLength(2);
});
