import { randomUUID } from 'node:crypto';
import { until } from '../../test/support/until.ts';
import { COMPANY } from './actors.ts';
import { append, type Change, createDialog, OWNER_DIALOGS, SERVICE } from './dialogs.ts';
import { readFeed } from './feed.ts';
import { type Inbox, tryToSubscribe, typeOf } from './inbox.ts';
import { TAX_STATUS } from './new-dialogs.ts';
import { deliveriesOf } from './queries.ts';
import type { Scenario, Stage } from './stage.ts';

const CLOSED = 'activity.closed';
const FILTER = { resourceFilter: SERVICE, typeFilter: typeOf(CLOSED) };

export const secondOwner: Scenario = {
  title: 'A second agency acts when a case of the first one is closed',
  async play(stage) {
    const { taxAgencyGrant: grant, actors } = stage;
    await grant.take();
    try {
      const early = await refuseWithoutGrant(stage);
      await grant.give();
      stage.tell('agency', 'lets the tax agency subscribe: one rule more in the policy of the service');
      const polled = await readFeed(actors.taxAgency, { resource: SERVICE, type: typeOf(CLOSED) });
      stage.tell('tax agency', 'finds that case in the feed now', isAmong(early.dialog, polled));
      await using closed = await stage.subscribe(actors.taxAgency, FILTER);
      stage.tell('tax agency', 'subscribes to activity.closed, whoever the party is');
      await act(stage, closed);
      stage.tell('tax agency', 'nothing of what was closed before', closed.about(early.dialog).length === 0);
      await grant.take();
      stage.tell('agency', 'takes the right away: one rule less');
      const late = await hearNothingWithoutGrant(stage, closed);
      await grant.give();
      stage.tell('agency', 'gives it again');
      await hearAgain(stage, closed, late);
    } finally {
      await grant.give();
    }
  },
};

async function refuseWithoutGrant(stage: Stage): Promise<Change> {
  const { agency, taxAgency } = stage.actors;
  const early = await closeCase(stage, `urn:a:case:${randomUUID()}`);
  stage.tell('agency', 'closes a case');
  const polled = await readFeed(taxAgency, { resource: SERVICE });
  stage.tell('tax agency', 'nothing in the feed before the grant', polled.length === 0);
  const own = await readFeed(agency, { resource: SERVICE, type: typeOf(CLOSED) });
  stage.tell('agency', 'finds the event in its own feed', isAmong(early.dialog, own));
  const refused = await tryToSubscribe(taxAgency, FILTER);
  stage.tell('tax agency', 'may not subscribe before the grant: 403', refused === 403);
  return early;
}

/** The end of one process begins another, and nobody has touched anything. */
async function act(stage: Stage, closed: Inbox): Promise<void> {
  const { manager, taxAgency } = stage.actors;
  const precedingProcess = `urn:a:case:${randomUUID()}`;
  const { dialog, committedAt } = await closeCase(stage, precedingProcess);
  stage.tell('agency', 'closes a case with a process id');
  const { at, data, subject } = await closed.next(CLOSED, dialog);
  stage.heard('tax agency', 'webhook: activity.closed', { at, committedAt });
  stage.tell('tax agency', 'the event carries the process id', data?.['process'] === precedingProcess);
  const read = await taxAgency.call('GET', `${OWNER_DIALOGS}/${dialog}`);
  stage.tell('tax agency', 'cannot read the dialog of the other agency', read.status === 404);
  const filter = { resourceFilter: TAX_STATUS, subjectFilter: COMPANY, typeFilter: typeOf('created') };
  await using managers = await stage.subscribe(manager, filter);
  const process = `urn:b:case:${randomUUID()}`;
  const own = { party: subject, serviceResource: TAX_STATUS, process, precedingProcess };
  const follows = await createDialog(taxAgency, own);
  stage.tell('tax agency', 'creates a dialog of its own that names the process before it');
  const created = await managers.next('created', follows.dialog);
  const heard = { at: created.at, committedAt: follows.committedAt };
  stage.heard('manager', 'webhook: dialog.created', heard);
  const both = created.data?.['process'] === process && created.data['precedingProcess'] === precedingProcess;
  stage.tell('manager', 'the event carries both process ids', both);
}

async function hearNothingWithoutGrant(stage: Stage, closed: Inbox): Promise<Change> {
  const { taxAgency } = stage.actors;
  const late = await closeCase(stage, `urn:a:case:${randomUUID()}`);
  stage.tell('agency', 'closes another case');
  const decided = () => deliveriesOf(stage.database, closed.subscription, late.dialog);
  const states = await until('the delivery was decided on', async () => nonEmpty(await decided()), {
    timeout: stage.patience,
  });
  stage.tell('tax agency', 'delivery log: withheld', states.join() === 'withheld');
  stage.tell('tax agency', 'nothing after the revocation', closed.about(late.dialog).length === 0);
  const polled = await readFeed(taxAgency, { resource: SERVICE });
  stage.tell('tax agency', 'nothing in the feed after the revocation', polled.length === 0);
  return late;
}

async function hearAgain(stage: Stage, closed: Inbox, late: Change): Promise<void> {
  const { dialog, committedAt } = await closeCase(stage, `urn:a:case:${randomUUID()}`);
  const { at } = await closed.next(CLOSED, dialog);
  stage.heard('tax agency', 'webhook: activity.closed of the next case', { at, committedAt });
  const silent = closed.about(late.dialog).length === 0;
  stage.tell('tax agency', 'what was withheld does not come by itself', silent);
}

async function closeCase(stage: Stage, process: string): Promise<Change> {
  const { agency } = stage.actors;
  const { dialog } = await createDialog(agency, { party: COMPANY, process });
  const body = { type: 'DialogClosed', performedBy: { actorType: 'ServiceOwner' } };
  return append(agency, { dialog, list: 'activities' }, { body });
}

function isAmong(dialog: string, events: readonly { readonly resourceinstance: string }[]): boolean {
  return events.some(({ resourceinstance }) => resourceinstance === dialog);
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined;
}
