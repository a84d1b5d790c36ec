import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelDatabase } from './model-database.ts';
import { ModelLog, subscriptionTo } from './model-log.ts';
import { Simulation } from './simulation.ts';
import { Truth } from './truth.ts';

type Step = (simulation: Simulation, choice: number) => void;

/** What may happen at any moment, the frequent things more than once. */
const STEPS: readonly Step[] = [
  ...times(4, (one, choice) => one.append(choice)),
  ...times(4, (one) => one.process.follow()),
  ...times(6, (one, choice) => one.begin(choice)),
  ...times(6, (one, choice) => one.write(choice)),
  ...times(5, (one, choice) => one.answer(choice)),
  ...times(2, (one, choice) => one.startRead(choice)),
  ...times(3, (one) => one.endRead()),
  ...times(2, (one, choice) => one.startRetry(choice)),
  ...times(4, (one, choice) => one.retry(choice)),
  ...times(2, (one, choice) => one.process.pass(choice)),
  ...times(2, (one) => one.process.sweep()),
  ...times(3, (one) => one.process.startFlush()),
  ...times(3, (one, choice) => one.process.endFlush(choice)),
  ...times(2, (one, choice) => one.process.renew(choice)),
  (one) => one.process.carryOutStray(),
  (one, choice) => one.process.pause(choice),
  (one, choice) => one.seek(choice),
  ...times(2, (one, choice) => one.process.wait(choice)),
  ...times(2, (one, choice) => one.turn(choice)),
  ...times(3, (one, choice) => one.probe(choice)),
  (one, choice) => one.askAgain(choice),
  (one, choice) => one.replay(choice),
  ...times(3, (one, choice) => one.sendAgain(choice)),
  (one, choice) => one.discard(choice),
  ...times(2, (one) => one.look()),
  (one, choice) => one.loseLane(choice),
  ...times(2, (one, choice) => one.process.takeLane(choice)),
  (one, choice) => one.crash(choice),
];

function times(count: number, step: Step): Step[] {
  return Array.from({ length: count }, () => step);
}

function run(schedule: readonly number[]): void {
  const simulation = new Simulation([
    subscriptionTo('told', { id: 1, lane: 0, ordering: 'dialog' }),
    subscriptionTo(null, { id: 2, lane: 0, ordering: 'dialog' }),
    subscriptionTo(null, { id: 3, lane: 1, ordering: 'none' }),
    { ...subscriptionTo(null, { id: 4, lane: 1, ordering: 'dialog' }), format: 'batch' },
    { ...subscriptionTo(null, { id: 5, lane: 1, ordering: 'dialog' }), onExhausted: 'hold' },
  ]);
  // Every other schedule begins with dead letters, which seldom come about by chance.
  if ((schedule[0] ?? 0) % 2 > 0) simulation.exhaust();
  for (const number of schedule) STEPS[number % STEPS.length]!(simulation, Math.floor(number / STEPS.length));
  simulation.finish();
}

test('no schedule of answers, outages, pauses, seeks, flushes, renewals and crashes loses, repeats or reorders anything', () => {
  const schedules = fc.array(fc.nat({ max: 2 ** 24 }), { maxLength: 250, size: 'max' });
  const seed = Number(process.env['TEST_SEED'] ?? 20261123);
  const result = fc.check(fc.property(schedules, run), { numRuns: 2000, seed });
  expect(fc.defaultReportMessage(result)).toBeUndefined();
}, 120_000);

describe('the judge of the schedules', () => {
  const subscription = subscriptionTo(null, { id: 1, lane: 0, ordering: 'dialog' });
  const nothing = {
    ...{ lanes: [], outcomes: [], own: [], joined: [], parked: [], unparked: [], dead: [], log: [] },
    ...{ breakers: [], sound: [], sought: [], letters: [] },
  };

  function twoEvents() {
    const log = new ModelLog();
    log.append({ dialog: 'a', type: 'told', gap: 0 });
    log.append({ dialog: 'a', type: 'told', gap: 0 });
    const [first, second] = log.rows;
    return { truth: new Truth(log.rows), database: new ModelDatabase([0]), first: first!, second: second! };
  }

  test('sees a cursor that has passed what nobody has answered', () => {
    const { truth, database } = twoEvents();
    database.settle({ ...nothing, lanes: [{ lane: 0, epoch: 0, cursor: 1 }] }, 0);
    expect(() => truth.check(subscription, database)).toThrow('1 1 is lost');
  });

  test('sees that something settled is sent again', () => {
    const { truth, first } = twoEvents();
    truth.arrive(subscription, first);
    truth.settle(subscription, first);
    expect(() => truth.arrive(subscription, first)).toThrow('1 1 was settled and is sent again');
  });

  test('sees an event that overtakes another of its dialog', () => {
    const { truth, second } = twoEvents();
    expect(() => truth.arrive(subscription, second)).toThrow('1 2 arrives before 1');
  });

  test('sees that the database forgets', () => {
    const { truth, database, first } = twoEvents();
    truth.answer(subscription, first);
    database.own.set(1, 1);
    truth.check(subscription, database);
    database.own.set(1, 0);
    expect(() => truth.check(subscription, database)).toThrow('1 1 is forgotten');
  });

  test('sees what is left at the end', () => {
    const { truth, database } = twoEvents();
    expect(() => truth.checkComplete(subscription, database)).toThrow('1 1 is left');
  });
});
