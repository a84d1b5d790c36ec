import { describe, expect, test } from 'vitest';
import { Batching, type BatchLimits } from '../../src/delivery/batching.ts';
import { Course } from '../../src/delivery/course.ts';
import type { Delivery } from '../../src/delivery/delivery-queues.ts';
import { until } from '../support/until.ts';
import { ModelLog, subscriptionTo } from './model-log.ts';

const LIMITS: BatchLimits = { most: 3, bytes: 2 ** 20, waitMs: 60_000 };

/** A course that takes batches, and was offered an event of each of these dialogs. */
function offered(...dialogs: (string | null)[]) {
  const log = new ModelLog();
  const subscription = subscriptionTo(null, { id: 1, lane: 0, ordering: 'dialog' });
  const tally = { open: 0, prompt: 0, behind: 0 };
  const course = new Course({ ...subscription, format: 'batch' }, { position: 0, joined: true, tally });
  course.attached = true;
  const offer = (dialog: string | null) => {
    const before = log.end;
    log.append({ dialog, type: 'told', gap: 0 });
    course.offer(log.rows.at(-1)!, before, 0);
  };
  for (const dialog of dialogs) offer(dialog);
  return { course, offer };
}

function batching(
  more: Partial<BatchLimits> = {},
  ripe: (course: Course) => void = () => undefined,
): Batching {
  return new Batching({
    limits: { ...LIMITS, ...more },
    detailsOf: () => ({ missing: new Map([['urn:altinn:resource:test z', { first: ['lost'], count: 1 }]]) }),
    ripe,
  });
}

function positions(deliveries: readonly Delivery[]): number[] {
  return deliveries.map(({ row }) => row.position);
}

describe('a batch', () => {
  test('takes each dialog with what follows in it, as many as it may hold', () => {
    const { course } = offered('a', 'b', 'a', 'c', 'a');
    const batches = batching();
    expect(positions(batches.take(course))).toEqual([1, 3, 5]);
    expect(positions(batches.take(course))).toEqual([2, 4]);
    expect(batches.take(course)).toEqual([]);
  });

  test('leaves what is behind a dialog in flight where it is until that is settled', () => {
    const { course, offer } = offered('a', 'a');
    const batches = batching();
    const first = batches.take(course);
    expect(positions(first)).toEqual([1, 2]);
    offer('a');
    expect(batches.take(course)).toEqual([]);
    for (const delivery of first) course.settle(delivery, 'delivered');
    expect(positions(batches.take(course))).toEqual([3]);
    offer('a');
    expect(batches.take(course)).toEqual([]);
  });

  test('that was refused goes again in order, each by itself', () => {
    const { course } = offered('a', 'b', 'a');
    const batches = batching();
    for (const delivery of batches.take(course).toReversed()) {
      delivery.alone = true;
      course.giveBack(delivery);
    }
    const [first, second] = [batches.take(course), batches.take(course)];
    expect([first, second].map(positions)).toEqual([[1], [2]]);
    expect(batches.take(course)).toEqual([]);
    course.settle(first[0]!, 'delivered');
    expect(positions(batches.take(course))).toEqual([3]);
  });

  test('keeps what is in flight when the rest is forgotten', () => {
    const { course, offer } = offered('a', 'a');
    const batches = batching({ most: 2 });
    const first = batches.take(course);
    offer('a');
    offer('b');
    course.detach(4);
    expect(course.openCount).toBe(2);
    expect(course.handed).toBe(2);
    for (const delivery of first) course.settle(delivery, 'delivered');
    expect(course.openCount).toBe(0);
  });

  test('holds nothing beside a delivery that goes alone', () => {
    const { course } = offered('a', 'z', 'b');
    const batches = batching();
    expect(positions(batches.take(course))).toEqual([1]);
    expect(positions(batches.take(course))).toEqual([2]);
    expect(positions(batches.take(course))).toEqual([3]);
  });

  test('is bounded by its bytes, and takes one event whatever its size', () => {
    const { course } = offered('a', 'b', 'c');
    expect(positions(batching({ bytes: '[{},{}]'.length + 1 }).take(course))).toEqual([1, 2]);
    expect(positions(batching({ bytes: 1 }).take(course))).toEqual([3]);
  });
});

describe('a course is ripe', () => {
  test('when a batch is full, or the next delivery goes alone', () => {
    using batches = batching();
    expect(batches.isRipe(offered('a', 'b', 'a').course)).toBe(false);
    expect(batches.isRipe(offered('a', 'b', 'c').course)).toBe(true);
    expect(batches.isRipe(offered('z').course)).toBe(true);
  });

  test('when its wait is over, and waits anew after the next batch', async () => {
    const ripe: Course[] = [];
    using batches = batching({ waitMs: 20 }, (course) => ripe.push(course));
    const { course, offer } = offered('a');
    expect(batches.isRipe(course)).toBe(false);
    await until('its wait is over', () => ripe.includes(course));
    expect(batches.isRipe(course)).toBe(true);
    batches.take(course);
    offer('b');
    expect(batches.isRipe(course)).toBe(false);
  });
});
