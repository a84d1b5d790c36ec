import { wallClock } from '../../src/lib/time.ts';
import { StreamClient, type StreamMessage } from '../../test/support/sse.ts';
import { until } from '../../test/support/until.ts';
import { COMPANY, NEIGHBOUR } from './actors.ts';
import { append, createDialog, OWNER_DIALOGS, openDialog, SERVICE, setStatus } from './dialogs.ts';
import { readFeed } from './feed.ts';
import { type Inbox, type Notice, typeOf } from './inbox.ts';
import type { Scenario, Stage } from './stage.ts';

const TRANSMISSION = {
  type: 'Information',
  sender: { actorType: 'ServiceOwner' },
  content: {
    title: { value: [{ languageCode: 'nb', value: 'Vi trenger mer' }] },
    summary: { value: [{ languageCode: 'nb', value: 'Send oss årsregnskapet.' }] },
  },
};

export const updates: Scenario = {
  title: 'The company’s system and a page in a browser follow changes of a dialog',
  async play(stage) {
    const { agency, system } = stage.actors;
    const toCompany = { subjectFilter: COMPANY };
    await using updated = await stage.subscribe(system, { ...toCompany, typeFilter: typeOf('updated') });
    const sent = { ...toCompany, typeFilter: typeOf('transmission.created') };
    await using transmissions = await stage.subscribe(system, sent);
    stage.tell('company', 'subscribes to dialog.updated and to transmission.created');
    const { dialog } = await createDialog(agency, { party: COMPANY, status: 'Draft' });
    await hearOfChange(stage, updated, dialog);
    await hearOfTransmission(stage, transmissions, dialog);
    await watchPage(stage, updated, dialog);
    await refuseTokenOfOther(stage, dialog);
    await hearNothingOfRefusal(stage, updated, dialog);
  },
};

async function hearOfChange(stage: Stage, updated: Inbox, dialog: string): Promise<void> {
  const { agency, system } = stage.actors;
  const foreign = await createDialog(agency, { party: NEIGHBOUR, status: 'Draft' });
  await setStatus(agency, foreign.dialog, 'InProgress');
  const { committedAt } = await setStatus(agency, dialog, 'InProgress');
  stage.tell('agency', 'changes the status of a dialog');
  const { at } = await updated.next('updated', dialog);
  stage.heard('company', 'webhook: dialog.updated, with the id of the dialog', { at, committedAt });
  stage.tell('company', 'nothing of a change for another party', updated.notFor(COMPANY).length === 0);
  const { status } = await openDialog(system, dialog);
  stage.tell('company', 'reads the dialog anew, and finds the new status', status === 'InProgress');
}

async function hearOfTransmission(stage: Stage, transmissions: Inbox, dialog: string): Promise<void> {
  const { agency, system } = stage.actors;
  const { committedAt } = await append(agency, { dialog, list: 'transmissions' }, { body: TRANSMISSION });
  stage.tell('agency', 'sends a transmission');
  const { at, data } = await transmissions.next('transmission.created', dialog);
  stage.heard('company', 'webhook: transmission.created', { at, committedAt });
  stage.tell('company', 'sees in the event who sent it', data?.['senderType'] === 'ServiceOwner');
  const opened = await openDialog(system, dialog);
  stage.tell('company', 'finds it in the dialog', opened.transmissions.length === 1);
}

/** The manager has the page open: the token that came with the dialog opens the stream. */
async function watchPage(stage: Stage, updated: Inbox, dialog: string): Promise<void> {
  const { agency, manager } = stage.actors;
  const { dialogToken } = await openDialog(manager, dialog);
  // The opening is a change too. What the stream tells when that is over is told of something else.
  await latest(stage, updated, dialog);
  await using stream = await openStream(stage, dialog, dialogToken);
  stage.tell('manager', 'opens the dialog, and the live stream with its token');
  const other = await createDialog(agency, { party: COMPANY, status: 'Draft' });
  await setStatus(agency, other.dialog, 'InProgress');
  const asked = wallClock();
  const { committedAt } = await setStatus(agency, dialog, 'Completed');
  stage.tell('agency', 'changes two dialogs, this one last');
  const { at } = await told(stage, stream, asked);
  stage.heard('manager', 'live: DIALOG_UPDATED', { at, committedAt });
  const { status } = await openDialog(manager, dialog);
  stage.tell('manager', 'reads the dialog anew, and finds the new status', status === 'Completed');
  const foreign = stream.messages.filter(({ data }) => !data.includes(dialog));
  stage.tell('manager', 'nothing of the other dialog on this stream', foreign.length === 0);
}

async function refuseTokenOfOther(stage: Stage, dialog: string): Promise<void> {
  const { agency, manager } = stage.actors;
  const other = await createDialog(agency, { party: COMPANY });
  const { dialogToken } = await openDialog(manager, other.dialog);
  await using stream = await openStream(stage, dialog, dialogToken);
  const { data } = await told(stage, stream);
  const isRefused = data.includes('AUTH_NOT_AUTHORIZED');
  stage.tell('manager', 'the token of one dialog opens no stream of another', isRefused);
}

/** A change that is refused is no change: the next one that succeeds carries the next number. */
async function hearNothingOfRefusal(stage: Stage, updated: Inbox, dialog: string): Promise<void> {
  const { agency } = stage.actors;
  const { revision } = await setStatus(agency, dialog, 'Awaiting');
  await setStatus(agency, dialog, 'InProgress');
  const last = await latest(stage, updated, dialog);
  const body = [{ op: 'replace', path: '/status', value: 'Draft' }];
  const headers = { 'if-match': revision };
  const refused = await agency.call('PATCH', `${OWNER_DIALOGS}/${dialog}`, { body, headers });
  stage.tell('agency', 'a change with an outdated If-Match: 412', refused.status === 412);
  await setStatus(agency, dialog, 'Completed');
  const next = await latest(stage, updated, dialog);
  const isNext = next.dialogsequence === last.dialogsequence + 1;
  stage.tell('company', 'nothing of it: the next event has the next number', isNext);
}

function openStream(stage: Stage, dialog: string, token: string): Promise<StreamClient> {
  const query = `subscription { dialogEvents(dialogId: "${dialog}") { id type } }`;
  return StreamClient.open(`${stage.base}/dialogporten/graphql`, { token, query });
}

/** Waits for the first message of the stream, or for the first one since that moment (epoch milliseconds). */
async function told(stage: Stage, stream: StreamClient, since = 0): Promise<StreamMessage> {
  const first = () => stream.messages.find(({ at }) => at >= since);
  return until('the stream had told something', first, { timeout: stage.patience });
}

/** Waits until every change that is in the log by now has arrived; gives the last one. */
async function latest(stage: Stage, updated: Inbox, dialog: string): Promise<Notice> {
  const query = { resource: SERVICE, subject: COMPANY, type: typeOf('updated') };
  const inLog = await readFeed(stage.actors.system, query);
  const count = inLog.filter(({ resourceinstance }) => resourceinstance === dialog).length;
  return updated.next('updated', dialog, count);
}
