import { type CloudEvent, toBytes } from '../events/cloud-event.ts';
import type { EventDraft } from '../events/event.ts';
import { toEpoch } from '../lib/time.ts';
import { uuidv7 } from '../lib/uuid.ts';
import { ACTIVITY_TYPES, type Activity, type Dialog, type Transmission } from './model.ts';

/** What has happened to a dialog, in the order in which it is told. */
export type Happening =
  | { readonly kind: 'created' | 'updated' | 'deleted' | 'restored' }
  | { readonly kind: 'seen'; readonly seenLogId: string }
  | { readonly kind: 'transmission'; readonly transmission: Transmission }
  | { readonly kind: 'activity'; readonly activity: Activity }
  /**
   * Told under a name of our own, outside the published types: the system labels changed, the service owner's labels
   * changed, the dialog became visible.
   */
  | { readonly kind: 'labels' | 'ownerlabels' | 'visible' };

export interface Telling {
  /** Origin of the API, without a trailing slash. */
  readonly baseUrl: string;
  /** Wire time of the request. */
  readonly now: string;
  readonly trace: string | null;
}

/** The drafts, and the dialog with its counters moved on. */
export interface Told {
  readonly dialog: Dialog;
  readonly events: readonly EventDraft[];
}

/**
 * Composes the events of what has happened (Dialogporten contract, "CloudEvent"). Published types count on
 * `dialogSequence`; our own carry the number they come after. While the dialog is held back its events are for the
 * owner alone.
 */
export function tell(dialog: Dialog, happenings: readonly Happening[], telling: Telling): Told {
  if (happenings.length === 0) return { dialog, events: [] };
  let { change, dialogSequence } = dialog;
  const events = happenings.map((happening): EventDraft => {
    const published = !isOwn(happening);
    change += 1;
    if (published) dialogSequence += 1;
    const event = compose({ ...dialog, dialogSequence }, happening, telling);
    return {
      audience: dialog.held || isOwnersAlone(event.type) ? 'owner' : 'all',
      owner: dialog.owner,
      change,
      dialogSequence: published ? dialogSequence : null,
      type: event.type,
      resource: dialog.serviceResource,
      resourceInstance: dialog.id,
      subject: dialog.party,
      source: event.source,
      id: event.id,
      time: telling.now,
      bytes: toBytes(event),
      trace: telling.trace,
    };
  });
  return { dialog: { ...dialog, change, dialogSequence }, events };
}

/** Whether it is told under a name of our own, outside the published types. */
function isOwn({ kind }: Happening): boolean {
  return kind === 'labels' || kind === 'ownerlabels' || kind === 'visible';
}

/** End users never see the labels of the service owner, and never hear of them: not at a release either. */
export function isOwnersAlone(type: string): boolean {
  return type === typeOf({ kind: 'ownerlabels' });
}

function compose(dialog: Dialog, happening: Happening, telling: Telling): CloudEvent {
  const { dialogSequence } = dialog;
  return {
    specversion: '1.0',
    id: happening.kind === 'seen' ? happening.seenLogId : uuidv7(toEpoch(telling.now)),
    source: `${telling.baseUrl}/dialogporten/api/v1/enduser/dialogs/${dialog.id}${pathOf(happening)}`,
    type: typeOf(happening),
    time: telling.now,
    resource: dialog.serviceResource,
    resourceinstance: dialog.id,
    subject: dialog.party,
    ...(isOwn(happening) ? { dialogsequenceafter: dialogSequence } : { dialogsequence: dialogSequence }),
    data: dataOf(dialog, happening),
  };
}

function typeOf(happening: Happening): string {
  switch (happening.kind) {
    case 'transmission':
      return 'dialogporten.dialog.transmission.created.v1';
    case 'activity':
      return `dialogporten.dialog.activity.${ACTIVITY_TYPES[happening.activity.type]}.v1`;
    case 'labels':
    case 'ownerlabels':
    case 'visible':
      return `budstikka.dialog.${happening.kind}.v1`;
    case 'created':
    case 'updated':
    case 'deleted':
    case 'restored':
    case 'seen':
      return `dialogporten.dialog.${happening.kind}.v1`;
  }
}

function pathOf(happening: Happening): string {
  if (happening.kind === 'transmission') return `/transmissions/${happening.transmission.id}`;
  return happening.kind === 'activity' ? `/activities/${happening.activity.id}` : '';
}

/** Absent rather than empty. Nothing in it says who has seen the dialog. */
function dataOf(dialog: Dialog, happening: Happening): object | undefined {
  const data: Record<string, string> = {};
  if (happening.kind === 'activity') {
    data['activityId'] = happening.activity.id;
    const { extendedType } = happening.activity;
    if (extendedType !== undefined) data['extendedActivityType'] = extendedType;
  }
  if (dialog.process !== null) data['process'] = dialog.process;
  if (dialog.precedingProcess !== null) data['precedingProcess'] = dialog.precedingProcess;
  if (happening.kind === 'transmission') data['senderType'] = happening.transmission.sender.actorType;
  return Object.keys(data).length > 0 ? data : undefined;
}
