import { createHash } from 'node:crypto';
import { type Database, sql } from '../db/database.ts';
import type { OutsideEvent } from './read-event.ts';

/** An event that may be appended, and who owns its resource. */
export interface OwnedEvent extends OutsideEvent {
  /** Organisation number of the service owner. */
  readonly owner: string;
}

const PUBLISH = sql('publishing.publish', 'SELECT publish_events($1::bytea[], $2::json[]) AS position');

/**
 * Appends the events and commits, in one round trip. Of an event whose source and id are known already nothing is
 * appended.
 *
 * @returns how many were appended
 */
export async function publishAndCommit(
  database: Database,
  events: readonly OwnedEvent[],
  trace: string | null,
): Promise<number> {
  const rows = events.map((event) => JSON.stringify(toRow(event, trace)));
  const appended = await database.transaction((transaction) =>
    transaction.commitWith(PUBLISH, [events.map(keyOf), rows]),
  );
  return appended.length;
}

/** What makes two events the same (CloudEvents 1.0, `source` + `id`). Neither may hold a line break. */
function keyOf({ source, id }: OutsideEvent): Buffer {
  return createHash('sha256').update(`${source}\n${id}`).digest();
}

function toRow(event: OwnedEvent, trace: string | null): Record<string, unknown> {
  const { owner, type, resource, source, id, bytes } = event;
  return {
    ...{ audience: 'all', owner, type, resource, source, id, bytes, trace },
    ...{ resource_instance: event.resourceInstance, subject: event.subject, time: event.time },
  };
}
