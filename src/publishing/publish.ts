import type { AccessQuestion, DecisionPoint, Identity, ResourceRegistry } from '../access/ports.ts';
import type { Database } from '../db/database.ts';
import { Failure } from '../lib/errors.ts';
import { maskPersonNumbers } from '../lib/person-number.ts';
import { wallClock } from '../lib/time.ts';
import { type OwnedEvent, publishAndCommit } from './queries.ts';
import type { OutsideEvent } from './read-event.ts';
import { isAdministrativeType } from './reserved-names.ts';

export interface PublishingOptions {
  readonly database: Database;
  readonly registry: ResourceRegistry;
  readonly decisions: DecisionPoint;
  /** Called the moment a COMMIT that has made the log grow has returned. */
  readonly committed: () => void;
}

export interface PublishCommand {
  readonly identity: Identity;
  /** The caller may publish for every resource, and what Dialogporten tells. */
  readonly admin: boolean;
  readonly events: readonly OutsideEvent[];
  /** W3C traceparent of the request. */
  readonly trace: string | null;
}

export interface Published {
  /** Epoch milliseconds at which the COMMIT returned; undefined when everything was known already. */
  readonly committedAt: number | undefined;
}

/**
 * Publishes events from outside, all of them or none (Altinn Events, "publish a generic event"). Events that have been
 * published before are accepted, and nothing is appended.
 *
 * @throws Failure `scope-missing`, `not-authorised`, `level-too-low`, `decision-unavailable`
 */
export async function publishEvents(
  publishing: PublishingOptions,
  command: PublishCommand,
): Promise<Published> {
  const { identity, admin, events, trace } = command;
  if (!admin) refuseAdministrative(events);
  const owned = await withOwners(publishing, events);
  if (!admin) await authorise(publishing.decisions, identity, owned);
  return append(publishing, owned, trace);
}

/**
 * Publishes an event of an app, about which no policy is asked.
 *
 * @throws Failure `scope-missing`, `not-authorised` when its resource is not registered
 */
export async function publishUnasked(
  publishing: PublishingOptions,
  event: OutsideEvent,
  trace: string | null,
): Promise<Published> {
  refuseAdministrative([event]);
  return append(publishing, await withOwners(publishing, [event]), trace);
}

function refuseAdministrative(events: readonly OutsideEvent[]): void {
  if (!events.some(({ type }) => isAdministrativeType(type))) return;
  throw new Failure('scope-missing', { detail: 'Types under dialogporten. need the administrative scope.' });
}

async function append(
  { database, committed }: PublishingOptions,
  events: readonly OwnedEvent[],
  trace: string | null,
): Promise<Published> {
  const appended = await publishAndCommit(database, events, trace);
  if (appended === 0) return { committedAt: undefined };
  const committedAt = wallClock();
  committed();
  return { committedAt };
}

/** The owner as of now stands in the log row: a resource that nobody has registered has none. */
async function withOwners(
  { registry }: PublishingOptions,
  events: readonly OutsideEvent[],
): Promise<OwnedEvent[]> {
  const owners = new Map<string, string>();
  for (const urn of new Set(events.map(({ resource }) => resource))) {
    const known = await registry.resource(urn);
    if (known === undefined) {
      throw new Failure('not-authorised', {
        detail: `The resource ${maskPersonNumbers(urn)} is not registered.`,
      });
    }
    owners.set(urn, known.owner);
  }
  return events.map((event) => Object.assign({}, event, { owner: owners.get(event.resource)! }));
}

async function authorise(
  decisions: DecisionPoint,
  identity: Identity,
  events: readonly OutsideEvent[],
): Promise<void> {
  const answers = await ask(
    decisions,
    events.map((event) => publishQuestion(identity, event)),
  );
  const refused = events.findIndex((_, index) => !answers[index]?.permitted);
  if (refused < 0) return;
  throw new Failure(answers[refused]?.levelTooLow ? 'level-too-low' : 'not-authorised', {
    detail: `Not authorized to publish events for resource ${events[refused]?.resource}.`,
  });
}

async function ask(decisions: DecisionPoint, questions: readonly AccessQuestion[]) {
  try {
    return await decisions.decide(questions);
  } catch (cause) {
    throw cause instanceof Failure ? cause : new Failure('decision-unavailable', { cause });
  }
}

/** The question that publishing asks of every event: with its subject, always (Altinn Events, event resource block). */
function publishQuestion(identity: Identity, event: OutsideEvent): AccessQuestion {
  return {
    identity,
    action: 'publish',
    resource: event.resource,
    instance: event.resourceInstance,
    party: event.subject,
    attributes: [
      ['urn:altinn:event-id', event.id],
      ['urn:altinn:eventtype', event.type],
      ['urn:altinn:eventsource', event.source],
    ],
  };
}
