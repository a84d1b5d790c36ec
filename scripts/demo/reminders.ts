import { COMPANY } from './actors.ts';
import {
  append,
  createDialog,
  OWNER_DIALOGS,
  openDialog,
  SERVICE,
  setStatus,
  USER_DIALOGS,
} from './dialogs.ts';
import { type Inbox, typeOf } from './inbox.ts';
import type { Scenario, Stage } from './stage.ts';

export const reminders: Scenario = {
  title: 'The agency learns that a dialog has been seen, and sends no reminder',
  async play(stage) {
    const { agency } = stage.actors;
    await using seen = await stage.subscribe(agency, { typeFilter: typeOf('seen') });
    await using opened = await stage.subscribe(agency, {
      typeFilter: typeOf('activity.dialog-opened'),
    });
    stage.tell('agency', 'subscribes to dialog.seen and to activity.dialog-opened, whoever the party is');
    const { dialog } = await createDialog(agency, { party: COMPANY });
    stage.tell('agency', 'creates a dialog, and plans to remind');
    await lookWithoutSeeing(stage, dialog);
    await see(stage, seen, dialog);
    await seeAgain(stage, seen, dialog);
    await cancelReminder(stage, opened, dialog);
  },
};

/** Lists and the owner's own reading are no end user's view. What they caused would arrive before what follows. */
async function lookWithoutSeeing(stage: Stage, dialog: string): Promise<void> {
  const { agency, manager } = stage.actors;
  const query = new URLSearchParams({ party: COMPANY, serviceResource: SERVICE }).toString();
  const found = await manager.must('GET', `${USER_DIALOGS}?${query}`);
  stage.tell('manager', 'finds the dialog in a search', JSON.stringify(found.body).includes(dialog));
  const listed = await agency.must('GET', `${OWNER_DIALOGS}?${query}`);
  stage.tell('agency', 'finds it in a search of its own', JSON.stringify(listed.body).includes(dialog));
  await agency.must('GET', `${OWNER_DIALOGS}/${dialog}`);
  stage.tell('agency', 'reads it');
}

async function see(stage: Stage, seen: Inbox, dialog: string): Promise<void> {
  const { manager } = stage.actors;
  const { seenSinceLastUpdate } = await openDialog(manager, dialog);
  stage.tell('manager', 'opens it: one entry in the seen log', seenSinceLastUpdate.length === 1);
  await seen.next('seen', dialog);
  stage.tell('agency', 'webhook: dialog.seen');
  stage.tell('agency', 'no dialog.seen from the searches or from its own reading', count(seen, dialog) === 1);
}

async function seeAgain(stage: Stage, seen: Inbox, dialog: string): Promise<void> {
  const { agency, manager, system } = stage.actors;
  await openDialog(manager, dialog);
  stage.tell('manager', 'opens it once more');
  await setStatus(agency, dialog, 'RequiresAttention');
  await openDialog(manager, dialog);
  stage.tell('manager', 'opens it after the agency has changed it');
  await seen.next('seen', dialog, 2);
  stage.tell('agency', 'webhook: dialog.seen, for the change');
  stage.tell('agency', 'no dialog.seen from opening the same state twice', count(seen, dialog) === 2);
  await openDialog(system, dialog);
  await seen.next('seen', dialog, 3);
  stage.tell('agency', 'webhook: dialog.seen, of a second user');
  const [first] = seen.about(dialog);
  stage.tell('agency', 'is not told in the event who has seen it', !JSON.stringify(first).includes('person'));
}

async function cancelReminder(stage: Stage, opened: Inbox, dialog: string): Promise<void> {
  const { agency } = stage.actors;
  const body = { type: 'DialogOpened', performedBy: { actorType: 'PartyRepresentative', actorId: COMPANY } };
  const { committedAt } = await append(agency, { dialog, list: 'activities' }, { body });
  stage.tell('agency', 'notes that the user has come to the service itself: DialogOpened');
  const { at, data } = await opened.next('activity.dialog-opened', dialog);
  stage.heard('agency', 'webhook: activity.dialog-opened; the reminder is cancelled', { at, committedAt });
  const activity = String(data?.['activityId']);
  const { body: found } = await agency.must('GET', `${OWNER_DIALOGS}/${dialog}/activities/${activity}`);
  const { type } = found as { type: string };
  stage.tell('agency', 'reads the activity by the id in the event', type === 'DialogOpened');
}

function count(inbox: Inbox, dialog: string): number {
  return inbox.about(dialog).length;
}
