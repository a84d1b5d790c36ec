import { randomUUID } from 'node:crypto';
import { appendAndCommit } from '../../src/events/queries.ts';
import type { EventDraft } from '../../src/events/event.ts';
import { pause, wallClock } from '../../src/lib/time.ts';
import { RESOURCE } from '../chaos/registry.ts';
import { Endpoint } from '../chaos/receiver.ts';
import type { OneProcess } from './one-process.ts';
import { Random } from './random.ts';

const ENDPOINTS = 3;
const PER_SECOND = 50;
const DIALOGS = 20;
/** Milliseconds that the last ones of a measurement may take. */
const AFTERWARDS = 2000;

/** Endpoints that are well, and how soon they get what is appended at a fixed rate. */
export class Probe {
  readonly #house: OneProcess;
  readonly #type: string;
  #latencies: number[] = [];
  readonly #committed = new Map<string, number>();
  readonly #arrived = new Map<string, number[]>();

  constructor(house: OneProcess, type: string) {
    this.#house = house;
    this.#type = type;
  }

  static async open(house: OneProcess, type: string): Promise<Probe> {
    const probe = new Probe(house, type);
    for (let number = 0; number < ENDPOINTS; number++) {
      const endpoint = house.disposals.use(await Endpoint.open({ random: new Random(number) }));
      endpoint.taken = (_, event) => probe.#take(event);
      await house.subscribers.subscribe(endpoint.url, { typeFilter: type });
    }
    return probe;
  }

  /** Milliseconds from the return of the commit to each arrival, of events that are appended until the signal. */
  async measure(signal: AbortSignal): Promise<number[]> {
    this.#latencies = [];
    const began = wallClock();
    for (let number = 0; !signal.aborted; number++) {
      await pause(began + (number * 1000) / PER_SECOND - wallClock(), signal);
      if (!signal.aborted) void this.#append(number).catch(() => undefined);
    }
    await pause(AFTERWARDS);
    this.#committed.clear();
    this.#arrived.clear();
    return this.#latencies;
  }

  async #append(number: number): Promise<void> {
    const { database, bus } = this.#house;
    const event = probeEvent(this.#type, `probe-${number % DIALOGS}`);
    await database.transaction((transaction) => appendAndCommit(transaction, [event]));
    const at = wallClock();
    bus.grown();
    this.#committed.set(event.id, at);
    // One that arrived before its commit was known here took no time.
    for (const _ of this.#arrived.get(event.id) ?? []) this.#latencies.push(0);
  }

  #take(event: string): void {
    const at = wallClock();
    const committed = this.#committed.get(event);
    if (committed !== undefined) this.#latencies.push(at - committed);
    else this.#arrived.set(event, [...(this.#arrived.get(event) ?? []), at]);
  }
}

function probeEvent(type: string, instance: string): EventDraft {
  const id = randomUUID();
  const source = 'https://example.com/probe';
  const bytes = { specversion: '1.0', id, type, source, resource: RESOURCE, resourceinstance: instance };
  return {
    ...{ audience: 'all', owner: '991825827', change: null, dialogSequence: null, type, resource: RESOURCE },
    ...{ resourceInstance: instance, subject: null, source, id, time: null, trace: null },
    bytes: JSON.stringify(bytes),
  };
}
