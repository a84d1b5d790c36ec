import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Queries } from '../db/database.ts';
import { type Backlog, readBacklog } from '../delivery/backlog-queries.ts';
import type { EndedAttempt } from '../delivery/options.ts';
import type { EndedRequest } from '../http/app.ts';
import { monotonic } from '../lib/time.ts';
import { readHorizonAge } from '../reading/horizon-queries.ts';

/** Seconds: from what a receiver next door takes to the longest that an attempt may take. */
const ATTEMPT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Milliseconds for which what was read from the database is good enough for one more scrape. */
const READ_EVERY = 1000;

/**
 * What an operator sees (Prometheus). Counters and times are this process's own; the backlog is everybody's and is read
 * from the database when somebody asks. No label names a subscription, a party or a person.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #attempts: Counter<'outcome'>;
  readonly #attemptSeconds: Histogram;
  readonly #requestSeconds: Histogram<'method' | 'route' | 'status'>;
  readonly #backlog: BacklogGauges;

  constructor(database: Queries) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#attempts = new Counter({
      ...{ name: 'budstikka_delivery_attempts_total', registers, labelNames: ['outcome'] },
      help: 'Attempts to deliver an event that have ended, by what came of them.',
    });
    this.#attemptSeconds = new Histogram({
      ...{ name: 'budstikka_delivery_attempt_seconds', registers, buckets: ATTEMPT_BUCKETS },
      help: 'How long attempts took.',
    });
    this.#requestSeconds = new Histogram({
      ...{ name: 'budstikka_http_request_seconds', registers, buckets: REQUEST_BUCKETS },
      ...{ labelNames: ['method', 'route', 'status'] as const, help: 'How long requests took.' },
    });
    this.#backlog = new BacklogGauges(database, registers);
  }

  /** Counts an attempt. */
  attempted({ outcome, milliseconds }: EndedAttempt): void {
    this.#attempts.inc({ outcome });
    this.#attemptSeconds.observe(milliseconds / 1000);
  }

  /** Counts a request, by its route: a path would carry ids. */
  answered({ method, route, status, milliseconds }: EndedRequest): void {
    this.#requestSeconds.observe({ method, route: route ?? 'none', status }, milliseconds / 1000);
  }

  /** Shows a number that a part of this process knows of itself. */
  watch(name: string, help: string, value: () => number): void {
    const collect = function (this: Gauge): void {
      this.set(value());
    };
    this.#registry.registerMetric(new Gauge({ name: `budstikka_${name}`, help, registers: [], collect }));
  }

  /** In the text format of Prometheus. */
  async text(): Promise<{ contentType: string; body: string }> {
    await this.#backlog.read();
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}

/** What the database knows of everybody's deliveries. */
class BacklogGauges {
  readonly #database: Queries;
  readonly #subscriptions: Gauge<'state'>;
  readonly #parked: Gauge<'state'>;
  readonly #lag: Gauge<'state'>;
  readonly #letters: Gauge;
  readonly #lanes: Gauge;
  readonly #horizon: Gauge;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(database: Queries, registers: Registry[]) {
    const make = (name: string, help: string) => new Gauge({ name: `budstikka_${name}`, help, registers });
    const byState = (name: string, help: string) =>
      new Gauge({ name: `budstikka_${name}`, help, registers, labelNames: ['state'] });
    this.#database = database;
    this.#subscriptions = byState('subscriptions', 'Subscriptions, by state.');
    this.#parked = byState('parked_dialogs', 'Dialogs that wait for their next attempt.');
    this.#lag = byState(
      'delivery_lag_seconds',
      'Age of the oldest event that waits for a subscription that does not keep up, paused and disabled ones as well.',
    );
    this.#letters = make('dead_letters', 'Events that are out of attempts and not settled since.');
    this.#lanes = make(
      'lanes_without_owner',
      'Lanes whose lease has run out, of 256: nobody delivers for them.',
    );
    this.#horizon = make(
      'horizon_age_seconds',
      'How long the oldest undecided append has held readers back.',
    );
  }

  /** Reads, unless that has just been done. Whoever scrapes is told when the database cannot be read. */
  async read(): Promise<void> {
    if (monotonic() - this.#readAt < READ_EVERY) return;
    const [backlog, horizon] = await Promise.all([
      readBacklog(this.#database),
      readHorizonAge(this.#database),
    ]);
    this.#readAt = monotonic();
    this.#horizon.set(horizon);
    this.#show(backlog);
  }

  #show({ states, deadLetters, lanesWithoutOwner }: Backlog): void {
    for (const of of [this.#subscriptions, this.#parked, this.#lag]) of.reset();
    for (const { state, subscriptions, parkedDialogs, oldestSeconds } of states) {
      this.#subscriptions.set({ state }, subscriptions);
      this.#parked.set({ state }, parkedDialogs);
      this.#lag.set({ state }, oldestSeconds);
    }
    this.#letters.set(deadLetters);
    this.#lanes.set(lanesWithoutOwner);
  }
}
