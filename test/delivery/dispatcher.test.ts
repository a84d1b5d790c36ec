import { expect, test } from 'vitest';
import { Course, type Tally } from '../../src/delivery/course.ts';
import { Dispatcher } from '../../src/delivery/dispatcher.ts';
import { until } from '../support/until.ts';
import { ModelLog, subscriptionTo } from './model-log.ts';

const MANY = 50;

/** A course that was offered so many events, each of a dialog of its own. */
function offered(id: number, { joined, events, tally }: { joined: boolean; events: number; tally: Tally }) {
  const log = new ModelLog();
  const subscription = {
    ...subscriptionTo(null, { id, lane: 0, ordering: 'dialog' }),
    consumer: `/org/${id}`,
  };
  const course = new Course(subscription, { position: 0, joined, tally });
  for (let number = 0; number < events; number++) {
    const before = log.end;
    log.append({ dialog: `d${number}`, type: 'told', gap: 0 });
    course.offer(log.rows.at(-1)!, before, 0);
  }
  return course;
}

test('a backlog begins a few at a time, and who keeps up begins between them', async () => {
  const tally: Tally = { open: 0, prompt: 0, behind: 0 };
  const begun: number[] = [];
  const dispatcher = new Dispatcher({
    attempts: {
      makeBatch: ({ subscription }) => {
        begun.push(subscription.id);
        return new Promise(() => undefined);
      },
    },
    ...{ outcomes: { together: () => undefined }, tally, eased: () => undefined, isLeaving: () => false },
    ...{ endpointConcurrency: MANY, dispatchConcurrency: MANY, batch: { most: 1, bytes: 1, waitMs: 1 } },
    detailsOf: () => ({ missing: new Map() }),
  });
  const [behind, prompt] = [
    offered(1, { joined: false, events: MANY, tally }),
    offered(2, { joined: true, events: 1, tally }),
  ];
  dispatcher.pump(behind);
  dispatcher.pump(behind);
  const before = begun.length;
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(MANY / 2);
  dispatcher.pump(prompt);
  expect(begun.slice(before)).toEqual([2]);
  await until('the whole backlog has begun', () => begun.length === MANY + 1);
});
