import { fromEpoch, wallClock } from '../../src/lib/time.ts';
import { COMPANY, NEIGHBOUR } from './actors.ts';
import { createDialog, openDialog, SERVICE, USER_DIALOGS } from './dialogs.ts';
import { readFeed } from './feed.ts';
import { type Inbox, tryToSubscribe, typeOf } from './inbox.ts';
import type { Scenario, Stage } from './stage.ts';

export const TAX_STATUS = 'urn:altinn:resource:company-tax-status';
const CREATED = { typeFilter: typeOf('created') };
/** Milliseconds until a dialog of the future can be seen. */
const SOON = 1500;
const HOUR = 3_600_000;

export const newDialogs: Scenario = {
  title: 'A company’s system learns of new dialogs of one service',
  async play(stage) {
    const { system } = stage.actors;
    await using inbox = await stage.subscribe(system, { subjectFilter: COMPANY, ...CREATED });
    stage.tell('company', 'subscribes to dialog.created of super-simple-service');
    await using foreign = await causeForeign(stage);
    await hearOfOne(stage, inbox);
    await hearAtRelease(stage, inbox);
    judgeForeign(stage, inbox, foreign);
    await refuse(stage);
  },
};

async function hearOfOne(stage: Stage, inbox: Inbox): Promise<void> {
  const { agency, system } = stage.actors;
  const { dialog, committedAt } = await createDialog(agency, { party: COMPANY });
  stage.tell('agency', 'creates a dialog for the company');
  const { at } = await inbox.next('created', dialog);
  stage.heard('company', 'webhook: dialog.created, with the id of the dialog', { at, committedAt });
  const { dialogToken } = await openDialog(system, dialog);
  stage.tell('company', 'opens the dialog by that id, and gets a dialog token', dialogToken.length > 0);
  const query = { resource: SERVICE, subject: COMPANY, type: typeOf('created') };
  const polled = (await readFeed(system, query)).filter((event) => event.resourceinstance === dialog);
  const same = polled.length === 1 && polled[0]?.id === inbox.about(dialog)[0]?.id;
  stage.tell('company', 'feed: the same event, for whoever would rather poll', same);
}

/** Of a dialog with `visibleFrom` ahead its owner hears at once, the party not before it can open it. */
async function hearAtRelease(stage: Stage, inbox: Inbox): Promise<void> {
  const { agency, system } = stage.actors;
  const held = await hold(stage);
  const opens = wallClock() + SOON;
  const { dialog } = await createDialog(agency, { party: COMPANY, visibleFrom: fromEpoch(opens) });
  stage.tell('agency', `creates another one that it can see in ${SOON / 1000} s`);
  const { at } = await inbox.next('created', dialog);
  stage.tell('company', 'webhook: dialog.created of that one, at that moment and not before', at >= opens);
  const { status } = await system.call('GET', `${USER_DIALOGS}/${dialog}`);
  stage.tell('company', 'opens it', status === 200);
  stage.tell('company', 'nothing of the other one yet', inbox.about(held).length === 0);
}

/** Creates a dialog that nobody but its owner can know of yet. */
async function hold(stage: Stage): Promise<string> {
  const { agency, system } = stage.actors;
  await using owners = await stage.subscribe(agency, CREATED);
  const visibleFrom = fromEpoch(wallClock() + HOUR);
  const { dialog, committedAt } = await createDialog(agency, { party: COMPANY, visibleFrom });
  stage.tell('agency', 'creates a dialog that the company can see in an hour');
  const { at } = await owners.next('created', dialog);
  stage.heard('agency', 'webhook: dialog.created, at once, for the owner', { at, committedAt });
  stage.tell(
    'company',
    'cannot open it: 404',
    isHidden(await system.call('GET', `${USER_DIALOGS}/${dialog}`)),
  );
  const polled = await readFeed(system, { resource: SERVICE, subject: COMPANY });
  const silent = !polled.some((event) => event.resourceinstance === dialog);
  stage.tell('company', 'nothing of it in the feed', silent);
  return dialog;
}

/** Not there, and the moment when it will be. */
function isHidden({ status, headers }: { readonly status: number; readonly headers: Headers }): boolean {
  return status === 404 && headers.has('expires');
}

interface Foreign extends AsyncDisposable {
  readonly neighbours: Inbox;
  /** Of another party, and of another service of the same party. */
  readonly ofNeighbour: string;
  readonly ofTaxAgency: string;
}

/** What the company must not hear of comes first, so that it would have arrived when later things have. */
async function causeForeign(stage: Stage): Promise<Foreign> {
  const { agency, neighbour, taxAgency } = stage.actors;
  const neighbours = await stage.subscribe(neighbour, { subjectFilter: NEIGHBOUR, ...CREATED });
  const tax = await createDialog(taxAgency, { party: COMPANY, serviceResource: TAX_STATUS });
  const { dialog, committedAt } = await createDialog(agency, { party: NEIGHBOUR });
  const { at } = await neighbours.next('created', dialog);
  stage.heard('neighbour', 'webhook: dialog.created of a dialog of their own', { at, committedAt });
  return {
    neighbours,
    ofNeighbour: dialog,
    ofTaxAgency: tax.dialog,
    [Symbol.asyncDispose]: () => neighbours[Symbol.asyncDispose](),
  };
}

function judgeForeign(stage: Stage, inbox: Inbox, foreign: Foreign): void {
  const { ofNeighbour, ofTaxAgency, neighbours } = foreign;
  stage.tell('company', 'nothing of the dialog of another party', inbox.about(ofNeighbour).length === 0);
  stage.tell('company', 'nothing of a dialog of another service', inbox.about(ofTaxAgency).length === 0);
  stage.tell('neighbour', 'nothing of the dialogs of the company', neighbours.notFor(NEIGHBOUR).length === 0);
}

async function refuse(stage: Stage): Promise<void> {
  const { neighbour, system } = stage.actors;
  const filter = { resourceFilter: SERVICE, subjectFilter: COMPANY };
  const refused = await tryToSubscribe(neighbour, filter);
  stage.tell('neighbour', 'may not subscribe to events of the company: 403', refused === 403);
  const other = await tryToSubscribe(system, { ...filter, subjectFilter: NEIGHBOUR });
  stage.tell('company', 'may not subscribe to events of another party: 403', other === 403);
}
