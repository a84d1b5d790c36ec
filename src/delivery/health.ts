import type { Verdict } from './verdict.ts';

/**
 * What is known about an endpoint as a whole, so that its outage is not paid for by its events.
 *
 *     closed      Deliveries flow. Failures since the last success are counted: without an answer, and refusals by
 *                 dialog. Three of either with no success for the length of the window: the endpoint fails as a whole.
 *     held        Nothing begins before `nextAt`, then one request at a time: a probe. `failing`: a probe that fails
 *                 moves `nextAt` on. `asked`: the endpoint named the time itself. `gone`: it answered 410; the probe is
 *                 a handshake, and 410 again ends the subscription. Nothing that fails while it is held uses up an
 *                 attempt.
 *     recovering  Something succeeded. One at a time, then 2, 4, … as they succeed, until the endpoint has all its
 *                 room again: closed. No answer, or refusals from three dialogs: held anew.
 *
 * Times are monotonic milliseconds. What is held or recovering is a row of `breaker`, so that neither a restart nor
 * another process forgets it; what is only counted is not.
 */
export type Health = Closed | Held | Recovering;

interface Evidence {
  /** When the first failure since the last success came; infinite when there was none. */
  readonly failingSince: number;
  readonly unanswered: number;
  /** Dialogs that were refused, as many as make a difference. */
  readonly refused: readonly string[];
}

export interface Closed extends Evidence {
  readonly phase: 'closed';
}

export interface Held {
  readonly phase: 'held';
  readonly because: 'failing' | 'asked' | 'gone';
  /** Since when nothing has succeeded. */
  readonly since: number;
  readonly nextAt: number;
  /** How many have failed. */
  readonly probes: number;
}

export interface Recovering extends Evidence {
  readonly phase: 'recovering';
  /** Attempts at once. */
  readonly limit: number;
  /** Successes until the limit is doubled. */
  readonly left: number;
}

export interface HealthRules {
  /** Milliseconds without a success before failures are blamed on the endpoint as a whole. */
  readonly windowMs: number;
  /** Attempts at once to a sound endpoint. */
  readonly concurrency: number;
}

/** When an attempt ended, and a number from 0 up to 1 that spreads probes. */
export interface Moment {
  readonly now: number;
  readonly random: number;
  readonly rules: HealthRules;
}

const NO_FAILURE: Evidence = { failingSince: Number.POSITIVE_INFINITY, unanswered: 0, refused: [] };
export const SOUND: Closed = { phase: 'closed', ...NO_FAILURE };

/** So many failures are blamed on the endpoint as a whole. */
const FAILURES = 3;
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
/** Share by which a gap between probes may be shorter, so that those of many subscriptions spread. */
const SPREAD = 0.1;

/** What an attempt at an event of the dialog says about the endpoint. */
export function afterAttempt(
  health: Health,
  ended: { readonly verdict: Verdict; readonly orderKey: string },
  at: Moment,
): Health {
  const { verdict, orderKey } = ended;
  switch (verdict.kind) {
    case 'delivered':
      return afterSuccess(health, at);
    case 'failed':
      return afterFailure(health, verdict.status === undefined ? null : orderKey, at);
    case 'deferred':
      return afterRequest(health, verdict.waitMs, at);
    case 'gone':
      return isGone(health) ? health : hold('gone', health, { ...at, nextAt: at.now });
    default:
      return health;
  }
}

/** What the answer to a handshake says about an endpoint that is gone. Undefined: it is gone for good. */
export function afterHandshake(held: Held, verdict: Verdict, at: Moment): Health | undefined {
  if (verdict.kind === 'gone') return undefined;
  if (verdict.kind === 'delivered') return recovering(1);
  if (verdict.kind === 'deferred') return afterRequest(held, verdict.waitMs, at);
  return verdict.kind === 'failed' ? afterProbe(held, at) : { ...held, nextAt: at.now + SECOND };
}

/** Whether a failure counts as an attempt at its event: not when the endpoint as a whole fails. */
export function countsAsAttempt(before: Health, after: Health): boolean {
  return before.phase !== 'held' && !(before.phase === 'recovering' && after.phase === 'held');
}

/** How many attempts may be under way, of so many to a sound endpoint. */
export function roomOf(health: Health, now: number, full: number): number {
  if (health.phase === 'closed') return full;
  if (health.phase === 'recovering') return Math.min(full, health.limit);
  return health.because !== 'gone' && now >= health.nextAt ? 1 : 0;
}

/** Whether anything may begin at all. */
export function letsThrough(health: Health, now: number): boolean {
  return roomOf(health, now, 1) > 0;
}

/** Milliseconds to the next probe: at most a minute in the first hour, then five, and half an hour after a day. */
export function probeGap(probes: number, failingFor: number, random: number): number {
  const soon = Math.min(60, 5 * 2 ** Math.min(probes, 10)) * SECOND;
  const gap = failingFor < HOUR ? soon : failingFor < DAY ? HOUR / 12 : HOUR / 2;
  return gap * (1 - SPREAD * random);
}

export function isGone(health: Health): health is Held {
  return health.phase === 'held' && health.because === 'gone';
}

/** Starts the ramp, whatever was before. */
export function recovering(limit: number): Recovering {
  return { phase: 'recovering', limit, left: limit, ...NO_FAILURE };
}

function afterSuccess(health: Health, { now, rules }: Moment): Health {
  if (health.phase === 'closed') return health.failingSince === Number.POSITIVE_INFINITY ? health : SOUND;
  if (health.phase === 'held') {
    // Begun before it asked us to wait: that it succeeded takes nothing back.
    const isProbe = health.because === 'failing' || (health.because === 'asked' && now >= health.nextAt);
    return isProbe ? recovering(1) : health;
  }
  if (health.left > 1) return { ...health, ...NO_FAILURE, left: health.left - 1 };
  const limit = health.limit * 2;
  return limit >= rules.concurrency ? SOUND : recovering(limit);
}

function afterFailure(health: Health, refused: string | null, at: Moment): Health {
  if (health.phase === 'held') return at.now >= health.nextAt ? afterProbe(health, at) : health;
  const seen = addEvidence(health, refused, at.now);
  const isMany = seen.unanswered >= FAILURES || seen.refused.length >= FAILURES;
  const fails =
    health.phase === 'recovering'
      ? refused === null || isMany
      : isMany && at.now - seen.failingSince >= at.rules.windowMs;
  if (!fails) return { ...health, ...seen };
  const held = hold('failing', { ...health, ...seen }, at);
  return { ...held, nextAt: at.now + probeGap(0, at.now - held.since, at.random) };
}

function addEvidence(evidence: Evidence, refused: string | null, now: number): Evidence {
  const dialogs = evidence.refused;
  const isNew = refused !== null && dialogs.length < FAILURES && !dialogs.includes(refused);
  return {
    failingSince: Math.min(evidence.failingSince, now),
    unanswered: evidence.unanswered + (refused === null ? 1 : 0),
    refused: isNew ? [...dialogs, refused] : dialogs,
  };
}

function afterProbe(held: Held, at: Moment): Held {
  const probes = held.probes + 1;
  const because = held.because === 'gone' ? 'gone' : 'failing';
  return { ...held, because, probes, nextAt: at.now + probeGap(probes, at.now - held.since, at.random) };
}

/** The endpoint asks us to wait. */
function afterRequest(health: Health, waitMs: number, at: Moment): Held {
  const nextAt = at.now + Math.min(DAY, Math.max(SECOND, waitMs));
  if (health.phase !== 'held') return hold('asked', health, { ...at, nextAt });
  const because = health.because === 'gone' ? 'gone' : 'asked';
  return { ...health, because, nextAt: Math.max(health.nextAt, nextAt) };
}

function hold(because: Held['because'], health: Health, at: { now: number; nextAt?: number }): Held {
  const since = Math.min(at.now, health.phase === 'held' ? health.since : health.failingSince);
  return { phase: 'held', because, since, nextAt: at.nextAt ?? at.now, probes: 0 };
}
