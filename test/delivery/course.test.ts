import { expect, test } from 'vitest';
import { Course } from '../../src/delivery/course.ts';
import type { LogEntry } from '../../src/delivery/unwritten.ts';
import { ModelLog, subscriptionTo } from './model-log.ts';

const RETRIED: LogEntry = {
  ...{ subscription: 1, state: 'delivered', positions: [5], attempt: 2 },
  ...{ status: 200, cause: null, milliseconds: 1 },
};

/** It keeps up, and a retry of a parked dialog has ended. */
function courseWithOutcome(): Course {
  const tally = { open: 0, prompt: 0, behind: 0 };
  const subscription = subscriptionTo(null, { id: 1, lane: 0, ordering: 'dialog' });
  const course = new Course(subscription, { position: 9, joined: true, tally });
  course.attached = true;
  course.notebook.touchParked('a dialog');
  course.notebook.note(RETRIED);
  return course;
}

test('a course sleeps only when what came of it is committed: woken before, it would know less, and send it again', () => {
  const course = courseWithOutcome();
  expect(course.maySleep(9)).toBe(false);
  const taken = course.notebook.take();
  expect(course.maySleep(9)).toBe(false);
  course.notebook.giveBack(taken);
  expect(course.maySleep(9)).toBe(false);
  course.notebook.take();
  course.committed(9, 9);
  expect(course.maySleep(9)).toBe(true);
});

test('what the cursor of its lane has passed keeps no course awake', () => {
  const course = courseWithOutcome();
  course.settleRow(12, 'delivered');
  course.notebook.take();
  course.committed(10, 10);
  expect([course.maySleep(11), course.maySleep(12)]).toEqual([false, true]);
});

test('what was settled beyond where it was read again is over: it does not come by itself', () => {
  const course = courseWithOutcome();
  course.attached = false;
  course.recallSettled([12]);
  const log = new ModelLog();
  for (const gap of [11, 0]) log.append({ dialog: 'a', type: 't', gap });
  expect(log.rows.map((one) => course.isOver(one, 20))).toEqual([true, false]);
});
