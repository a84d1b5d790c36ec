import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Line, Narrator } from '../../scripts/demo/narrator.ts';
import { newDialogs } from '../../scripts/demo/new-dialogs.ts';
import { reminders } from '../../scripts/demo/reminders.ts';
import { secondOwner } from '../../scripts/demo/second-owner.ts';
import { openStage, play, type Scenario, type Stage } from '../../scripts/demo/stage.ts';
import { updates } from '../../scripts/demo/updates.ts';
import { putResource } from '../../src/access/registry/single-changes.ts';
import { startTestPlatform, type TestPlatform } from '../support/platform.ts';

/** Keeps what it is told. */
class Recorder implements Narrator {
  readonly lines: Line[] = [];

  begins(): void {
    this.lines.length = 0;
  }

  shows(line: Line): void {
    this.lines.push(line);
  }

  /** What was not so. */
  get failures(): string[] {
    return this.lines.filter(({ holds }) => !holds).map(({ who, what }) => `${who}: ${what}`);
  }
}

/** Everything, to everybody. */
const PERMIT_ALL = `<xacml:Policy xmlns:xacml="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="all" Version="1.0"
  RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
  <xacml:Target/><xacml:Rule RuleId="all" Effect="Permit"><xacml:Target/></xacml:Rule></xacml:Policy>`;

const recorder = new Recorder();
let platform: TestPlatform;
let stage: Stage & AsyncDisposable;

beforeAll(async () => {
  platform = await startTestPlatform();
  stage = await openStage({ base: platform.base, databaseUrl: platform.db.url, narrator: recorder });
});
afterAll(async () => {
  await stage[Symbol.asyncDispose]();
  await platform[Symbol.asyncDispose]();
});

/** Plays on a stage that something is wrong with; gives what that shows. */
async function failuresOf(scenario: Scenario, wrong: Partial<Stage>): Promise<string[]> {
  await play(scenario, { ...stage, ...wrong, patience: 2000 });
  return recorder.failures;
}

test.each([
  ['the first example', newDialogs, 3],
  ['the second example', updates, 3],
  ['the third example', reminders, 1],
  ['the fourth example', secondOwner, 3],
])('%s is shown from beginning to end', async (_, scenario, timed) => {
  await play(scenario, stage);
  expect(recorder.failures).toEqual([]);
  expect(recorder.lines.filter(({ milliseconds }) => milliseconds !== undefined)).toHaveLength(timed);
});

/** Whoever subscribes, for whichever party, gets what the owner of the service gets. */
const ofAllParties: Partial<Stage> = {
  subscribe: (_, { subjectFilter: _party, ...filter }) => stage.subscribe(stage.actors.agency, filter),
};

test('the first example fails when everybody hears of every party', async () => {
  expect(await failuresOf(newDialogs, ofAllParties)).toEqual([
    'company: webhook: dialog.created of that one, at that moment and not before',
    'company: opens it',
    'company: nothing of the other one yet',
    'company: nothing of the dialog of another party',
    'neighbour: nothing of the dialogs of the company',
  ]);
});

test('the second example fails when everybody hears of every party', async () => {
  expect(await failuresOf(updates, ofAllParties)).toEqual(['company: nothing of a change for another party']);
});

test('the third example fails when the agency hears of more than it asked for', async () => {
  const ofAllTypes = { subscribe: () => stage.subscribe(stage.actors.agency, {}) };
  expect(await failuresOf(reminders, ofAllTypes)).toEqual([
    'agency: no dialog.seen from the searches or from its own reading',
    'agency: no dialog.seen from opening the same state twice',
  ]);
});

test('the fourth example fails when a right cannot be taken away', async () => {
  const give = () => stage.taxAgencyGrant.give();
  expect(await failuresOf(secondOwner, { taxAgencyGrant: { give, take: give } })).toEqual([
    'tax agency: nothing in the feed before the grant',
    'tax agency: may not subscribe before the grant: 403',
    'tax agency: delivery log: withheld',
    'tax agency: nothing after the revocation',
    'tax agency: nothing in the feed after the revocation',
    'tax agency: what was withheld does not come by itself',
  ]);
});

test('the fourth example stops when a right cannot be given', async () => {
  const take = () => stage.taxAgencyGrant.take();
  const [first, second] = await failuresOf(secondOwner, { taxAgencyGrant: { give: take, take } });
  expect(first).toBe('tax agency: finds that case in the feed now');
  expect(second).toMatch(/^stopped: POST .+ answered 403/);
});

test('the first example fails when the policy permits everything', async () => {
  const text = await readFile('examples/registry/resources/super-simple-service.json', 'utf8');
  await putResource(platform.db.database, { document: JSON.parse(text), policy: PERMIT_ALL }, 'test');
  const failures = await failuresOf(newDialogs, {});
  await stage.taxAgencyGrant.give();
  expect(failures).toEqual([
    'neighbour: may not subscribe to events of the company: 403',
    'company: may not subscribe to events of another party: 403',
  ]);
});
