import { hasDuplicateMember } from '../access/tokens/duplicate-members.ts';
import { Failure } from '../lib/errors.ts';
import { attributeFaults, type EventMembers, textOf } from './attributes.ts';
import { toUtc } from './event-time.ts';
import { partsOf } from '../lib/json-parts.ts';
import { isResourceUrn } from './resource-urn.ts';

/** An event from outside that follows the rules, and the text that the log keeps and every channel sends. */
export interface OutsideEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly resource: string;
  readonly resourceInstance: string | undefined;
  readonly subject: string | undefined;
  /** Wire time. */
  readonly time: string | undefined;
  readonly bytes: string;
}

/** Events of one batch. */
const BATCH_MOST = 100;
/** UTF-8 bytes of one event. */
export const EVENT_BYTES = 256 * 1024;

/**
 * Reads one CloudEvent in structured JSON, with the words of the Altinn Events contract.
 *
 * @throws Failure `request-invalid`, `body-too-large`
 */
export function readEvent(text: string): OutsideEvent {
  return toEvent(text, 'RequestBody');
}

/**
 * Reads a batch (CloudEvents JSON format §4): all of it or nothing, every fault under the place of its event.
 *
 * @throws Failure `request-invalid`, `body-too-large`
 */
export function readBatch(text: string): OutsideEvent[] {
  const batch = parse(text, 'RequestBody');
  if (!Array.isArray(batch) || batch.length === 0 || batch.length > BATCH_MOST) {
    throw refusal('RequestBody', [`A batch is a JSON array of 1 to ${BATCH_MOST} events.`]);
  }
  const faults: Record<string, readonly string[]> = {};
  const events = partsOf(text).flatMap((part, index) => {
    try {
      return [toEvent(part.text, `RequestBody[${index}]`)];
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.code !== 'request-invalid') throw thrown;
      Object.assign(faults, thrown.options.fields);
      return [];
    }
  });
  if (Object.keys(faults).length > 0) throw new Failure('request-invalid', { fields: faults });
  return events;
}

function toEvent(text: string, place: string): OutsideEvent {
  if (Buffer.byteLength(text) > EVENT_BYTES) {
    throw new Failure('body-too-large', { detail: `An event has at most ${EVENT_BYTES / 1024} kB.` });
  }
  const event = parse(text, place);
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw refusal(place, ['A CloudEvent is a JSON object.']);
  }
  const members = event as EventMembers;
  const faults = attributeFaults(members);
  if (hasDuplicateMember(text)) faults.push('A member has been named twice.');
  if (faults.length > 0) throw refusal(place, faults);
  const time = textOf(members, 'time');
  return {
    id: textOf(members, 'id')!,
    source: textOf(members, 'source')!,
    type: textOf(members, 'type')!,
    resource: resourceOf(members, place),
    resourceInstance: textOf(members, 'resourceinstance'),
    subject: textOf(members, 'subject'),
    time: time === undefined ? undefined : toUtc(time),
    bytes: text,
  };
}

function resourceOf(members: EventMembers, place: string): string {
  const resource = textOf(members, 'resource') ?? '';
  if (resource === '') throw refusal(place, ["A 'resource' property must be defined."], true);
  if (!isResourceUrn(resource)) throw refusal(place, ["'Resource' must be a valid urn."], true);
  return resource;
}

function parse(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('request-invalid', { fields: { [place]: ['The body is not JSON.'] }, cause });
  }
}

/** @param told the fault is the detail as well: some faults of the contract stand there. */
function refusal(place: string, faults: readonly string[], told = false): Failure {
  const [detail] = faults;
  return new Failure('request-invalid', {
    fields: { [place]: faults },
    ...(told && detail !== undefined && { detail }),
  });
}
