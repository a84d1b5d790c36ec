import { expect, test } from 'vitest';
import { Circuit } from '../../../src/access/altinn/circuit.ts';

/** Fails so often in a row, each time let through. */
function fail(circuit: Circuit, times: number, now = 0): void {
  for (let n = 0; n < times; n++) {
    expect(circuit.enter(now)).toBe(0);
    circuit.failed(now);
  }
}

test('four failures in a row change nothing, the fifth keeps everyone away for a moment', () => {
  const circuit = new Circuit();
  fail(circuit, 4);
  expect(circuit.isClosed).toBe(true);
  fail(circuit, 1);
  expect(circuit.isClosed).toBe(false);
  expect(circuit.enter(100)).toBe(150);
});

test('a success between them begins the count anew', () => {
  const circuit = new Circuit();
  fail(circuit, 4);
  circuit.succeeded();
  fail(circuit, 4);
  expect(circuit.isClosed).toBe(true);
});

test('when its time is up one request goes through, and no other until it is over', () => {
  const circuit = new Circuit();
  fail(circuit, 5);
  expect(circuit.enter(250)).toBe(0);
  expect(circuit.enter(250)).toBeGreaterThan(0);
  expect(circuit.enter(60_000)).toBeGreaterThan(0);
  circuit.succeeded();
  expect(circuit.enter(250)).toBe(0);
  expect(circuit.enter(250)).toBe(0);
});

test('a probe that fails doubles the time, up to five seconds', () => {
  const circuit = new Circuit();
  fail(circuit, 5);
  const waits: number[] = [];
  for (let probe = 0, now = 250; probe < 7; probe++) {
    expect(circuit.enter(now)).toBe(0);
    circuit.failed(now);
    waits.push(circuit.enter(now));
    now += waits.at(-1) ?? 0;
  }
  expect(waits).toEqual([500, 1000, 2000, 4000, 5000, 5000, 5000]);
});

test('a success makes the next outage begin with a short time again', () => {
  const circuit = new Circuit();
  fail(circuit, 5);
  expect(circuit.enter(250)).toBe(0);
  circuit.failed(250);
  expect(circuit.enter(750)).toBe(0);
  circuit.succeeded();
  fail(circuit, 5, 1000);
  expect(circuit.enter(1000)).toBe(250);
});

test('who was let through before it opened and fails late does not prolong it', () => {
  const circuit = new Circuit();
  fail(circuit, 5);
  circuit.failed(200);
  expect(circuit.enter(250)).toBe(0);
});

test('a service that asks to be left alone is, for as long as it asks, at most five seconds', () => {
  const circuit = new Circuit();
  expect(circuit.enter(0)).toBe(0);
  circuit.failed(0, 3000);
  expect(circuit.enter(0)).toBe(3000);
  expect(circuit.enter(3000)).toBe(0);
  circuit.failed(3000, 600_000);
  expect(circuit.enter(3000)).toBe(5000);
});
