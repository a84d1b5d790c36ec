import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AltinnDecisionPoint } from '../../../src/access/altinn/altinn-decision-point.ts';
import type { AccessQuestion, Identity } from '../../../src/access/ports.ts';
import { Failure } from '../../../src/lib/errors.ts';
import { UNREADABLE, UNTHINKABLE } from '../../support/altinn-decisions.ts';
import { standInParty } from '../../support/altinn-parties.ts';
import { organization, person, PERSONS, serviceOwner, systemUser } from '../../support/identities.ts';
import { TestAltinn } from './altinn.ts';

let world: TestAltinn;
let point: AltinnDecisionPoint;

beforeEach(async () => {
  world = await TestAltinn.open();
  point = world.decisionPoint();
});
afterEach(() => world[Symbol.asyncDispose]());

const COMPANY = organization().urn;
const SERVICE = 'urn:altinn:resource:super-simple-service';
const MANAGER = person();

function question(more: Partial<AccessQuestion> = {}): AccessQuestion {
  return {
    ...{ identity: MANAGER.identity(), action: 'subscribe', resource: SERVICE, party: COMPANY },
    ...more,
  };
}

/** The manager may subscribe for the company. */
function letManagerSubscribe(more: object = {}) {
  world.altinn.parties.push(standInParty(MANAGER.urn), standInParty(COMPANY));
  const rule = { who: MANAGER.urn, resource: 'super-simple-service', actions: ['subscribe'], party: COMPANY };
  return world.altinn.permit({ ...rule, ...more });
}

async function decide(more: Partial<AccessQuestion> = {}) {
  const [decision] = await point.decide([question(more)]);
  return decision;
}

/** Attributes of the first request, as `id=value`. */
function sent(part: 'AccessSubject' | 'Resource' | 'Action', request = 0): string[] {
  const { body } = world.altinn.asked.filter(({ service }) => service === 'authorization')[request] ?? {};
  const categories = (body as { Request: Record<string, { Attribute: object[] }[]> }).Request[part] ?? [];
  return categories.flatMap(({ Attribute }) =>
    (Attribute as { AttributeId: string; Value: string }[])
      .filter(({ AttributeId }) => AttributeId !== 'urn:altinn:event-id')
      .map(({ AttributeId, Value }) => `${AttributeId}=${Value}`),
  );
}

describe('a decision', () => {
  test('permits when Altinn says Permit, and nothing else does', async () => {
    letManagerSubscribe();
    expect(await decide()).toMatchObject({ permitted: true, because: 'permitted' });
    expect(await decide({ action: 'read' })).toMatchObject({ permitted: false, because: 'no-rule' });
    expect(await decide({ party: organization('311102079').urn })).toMatchObject({ permitted: false });
  });

  test('is denied by a rule that denies', async () => {
    letManagerSubscribe();
    letManagerSubscribe({ effect: 'Deny' });
    expect(await decide()).toMatchObject({ permitted: false, because: 'denied' });
  });

  test('is read in either spelling of member names', async () => {
    world.altinn.upperCase = true;
    letManagerSubscribe({ level: 4 });
    expect(await decide()).toMatchObject({ because: 'level-too-low', levelTooLow: true });
  });

  test('presupposes the authentication level of the policy, of every identity anew', async () => {
    letManagerSubscribe({ level: 4 });
    const decided = await point.decide([
      question({ identity: person(PERSONS[0], 3).identity() }),
      question({ identity: person(PERSONS[0], 4).identity() }),
    ]);
    expect(decided.map(({ permitted }) => permitted)).toEqual([false, true]);
    expect(world.altinn.count('authorization')).toBe(1);
  });

  test('does not stand when its obligation is not understood', async () => {
    letManagerSubscribe({ obligation: 'urn:altinn:something-new' });
    expect(await decide()).toMatchObject({ permitted: false, because: 'obligation-not-understood' });
  });
});

describe('what is sent', () => {
  test.each<[string, Identity, string[]]>([
    ['a person by user id', MANAGER.identity(), [`urn:altinn:userid=${MANAGER.identity().userId}`]],
    [
      'a person of whom only the number is known by that',
      { pid: PERSONS[0], scopes: [], level: 3 },
      [`urn:altinn:person:identifier-no=${PERSONS[0]}`],
    ],
    [
      'a system user alone',
      systemUser().identity(),
      ['urn:altinn:systemuser:uuid=0d9b6f3e-6c55-4b0a-9c6e-2f1d7a9be001'],
    ],
    [
      'an organisation in both spellings',
      { ...organization().identity(), partyId: 7, partyUuid: 'x' },
      ['urn:altinn:organization:identifier-no=310923044', 'urn:altinn:organizationnumber=310923044'],
    ],
    [
      'a service owner with its short code',
      serviceOwner().identity(),
      [
        'urn:altinn:org=ttd',
        'urn:altinn:organization:identifier-no=991825827',
        'urn:altinn:organizationnumber=991825827',
      ],
    ],
  ])('names %s', async (_, identity, expected) => {
    await decide({ identity });
    expect(sent('AccessSubject')).toEqual(expected);
  });

  test('names resource, party, instance and what else the question says, and never the event id asked with', async () => {
    await decide({
      instance: 'a-dialog',
      attributes: [
        ['urn:altinn:event-id', 'theirs'],
        ['urn:altinn:eventtype', 'x.y'],
      ],
    });
    expect(sent('Resource')).toEqual([
      'urn:altinn:resource=super-simple-service',
      'urn:altinn:organization:identifier-no=310923044',
      'urn:altinn:resourceinstance=a-dialog',
      'urn:altinn:eventtype=x.y',
    ]);
    expect(sent('Action')).toEqual(['urn:oasis:names:tc:xacml:1.0:action:action-id=subscribe']);
    expect(JSON.stringify(world.altinn.asked)).not.toContain('theirs');
  });

  test('names an app by owner and name, and only what can be its instance', async () => {
    const app = 'urn:altinn:resource:app_ttd_form_one';
    const instance = '50001/0194fe82-9280-77a5-a7cd-5ff0e6a6fa07';
    await decide({ resource: app, instance });
    expect(sent('Resource')).toContain(`urn:altinn:instance-id=${instance}`);
    await decide({ resource: app, instance: '0194fe82-9280-77a5-a7cd-5ff0e6a6fa07' });
    expect(sent('Resource', 1)).toEqual([
      'urn:altinn:org=ttd',
      'urn:altinn:app=form_one',
      'urn:altinn:organization:identifier-no=310923044',
    ]);
  });

  test('names a person who is the party by UUID, and leaves out one whom the register does not know', async () => {
    const known = standInParty(person(PERSONS[1]).urn);
    world.altinn.parties.push(known);
    await decide({ party: known.urn });
    expect(sent('Resource')).toContain(`urn:altinn:party:uuid=${known.partyUuid}`);
    await decide({ party: person(PERSONS[2]).urn });
    expect(sent('Resource', 1)).toEqual(['urn:altinn:resource=super-simple-service']);
  });

  test('carries the subscription key', async () => {
    await decide();
    expect(world.altinn.asked[0]?.headers['ocp-apim-subscription-key']).toBe('key-of-ours');
  });
});

describe('many questions', () => {
  const instances = (count: number) =>
    Array.from({ length: count }, (_, index) => question({ instance: `dialog-${index}` }));

  test('go a hundred at a time, and each gets its own answer', async () => {
    const rule = letManagerSubscribe();
    world.altinn.rules.delete(rule);
    letManagerSubscribe({ attributes: { 'urn:altinn:resourceinstance': 'dialog-137' } });
    const decided = await point.decide(instances(250));
    expect(world.altinn.count('authorization')).toBe(3);
    expect(decided.findIndex(({ permitted }) => permitted)).toBe(137);
    expect(decided.filter(({ permitted }) => permitted)).toHaveLength(1);
  });

  test('of many callers at once become one request, and the same one is asked once', async () => {
    letManagerSubscribe();
    const all = [...instances(20), ...instances(20)];
    const decided = await Promise.all(all.map((one) => point.decide([one])));
    expect(decided.flat().every(({ permitted }) => permitted)).toBe(true);
    expect(world.altinn.count('authorization')).toBe(1);
    expect(sent('AccessSubject')).toHaveLength(1);
    expect(sent('Action')).toHaveLength(1);
    expect(sent('Resource').filter((one) => one.startsWith('urn:altinn:resourceinstance='))).toHaveLength(20);
  });

  test('keep their answers when these come in another order', async () => {
    world.altinn.dial('shuffled');
    letManagerSubscribe({ attributes: { 'urn:altinn:resourceinstance': 'dialog-3' } });
    const decided = await point.decide(instances(10));
    expect(decided.map(({ permitted }) => permitted)).toEqual(instances(10).map((_, index) => index === 3));
  });

  test('of which one spoils the request: it is found, and the others have their answers', async () => {
    letManagerSubscribe();
    const spoilt = question({ resource: `urn:altinn:resource:${UNTHINKABLE}` });
    const decided = await point.decide([...instances(40), spoilt, ...instances(80).slice(40)]);
    expect(decided[40]).toMatchObject({ permitted: false, because: 'indeterminate' });
    expect(decided.filter(({ permitted }) => permitted)).toHaveLength(80);
  });

  test('of which one has the request refused: it alone cannot be decided', async () => {
    letManagerSubscribe();
    const refused = question({ resource: `urn:altinn:resource:${UNREADABLE}` });
    const all = [...instances(20), refused, ...instances(40).slice(20)];
    const decided = await Promise.allSettled(all.map((one) => point.decide([one])));
    expect(decided.map(({ status }) => status)).toEqual(
      all.map((one) => (one === refused ? 'rejected' : 'fulfilled')),
    );
    expect(await point.decide(instances(40))).toHaveLength(40);
  });

  test('of which some have no answer are asked again, and only those', async () => {
    letManagerSubscribe();
    world.altinn.dial('missing');
    await expect(point.decide(instances(8))).rejects.toMatchObject({ code: 'decision-unavailable' });
    world.altinn.dial('none');
    expect((await point.decide(instances(8))).every(({ permitted }) => permitted)).toBe(true);
  });
});

describe('nothing on a guess', () => {
  test.each([
    'error',
    'reset',
    'half',
    'nonsense',
    'foreign',
    'indeterminate',
    'missing',
    'busy',
    'slow',
  ] as const)(
    'when the answer is %s it rejects and says when to come back, and afterwards it decides again',
    async (fault) => {
      letManagerSubscribe();
      point = world.decisionPoint(30_000, 300);
      world.altinn.dial(fault);
      const thrown = await point.decide([question()]).then(
        () => undefined,
        (one: unknown) => one,
      );
      expect(thrown).toBeInstanceOf(Failure);
      expect(thrown).toMatchObject({ code: 'decision-unavailable' });
      expect((thrown as Failure).options.retryAfter).toBeGreaterThanOrEqual(1);
      world.altinn.dial('none');
      await expect
        .poll(() => decide().catch(() => undefined), { timeout: 5000 })
        .toMatchObject({ permitted: true });
    },
  );

  test('answers for somebody else permit nobody, also among many', async () => {
    world.altinn.parties.push(standInParty(COMPANY));
    world.altinn.dial('foreign');
    const questions = PERSONS.map((pid) => question({ identity: person(pid).identity() }));
    const decided = await Promise.allSettled(questions.map((one) => point.decide([one])));
    expect(decided.map(({ status }) => status)).toEqual(PERSONS.map(() => 'rejected'));
  });

  test('a short disturbance is waited out', async () => {
    letManagerSubscribe();
    world.altinn.dial('reset');
    setTimeout(() => world.altinn.dial('none'), 30);
    expect(await decide()).toMatchObject({ permitted: true });
  });

  test('a service that is gone is not asked all the time, and is found again when it comes back', async () => {
    letManagerSubscribe();
    await world.altinn.leave();
    for (let n = 0; n < 20; n++)
      await expect(decide()).rejects.toMatchObject({ code: 'decision-unavailable' });
    const begun = performance.now();
    await expect(decide()).rejects.toMatchObject({ code: 'decision-unavailable' });
    expect(performance.now() - begun).toBeLessThan(50);
    await world.altinn.comeBack();
    await expect
      .poll(() => decide().catch(() => undefined), { timeout: 6000 })
      .toMatchObject({ permitted: true });
  });
});

describe('what is remembered', () => {
  test('is used until its age is reached, and not one moment longer', async () => {
    const rule = letManagerSubscribe();
    const first = await decide();
    world.altinn.rules.delete(rule);
    world.ahead = 29_000;
    expect(await decide()).toEqual(first);
    expect(world.altinn.count('authorization')).toBe(1);
    world.ahead = 30_001;
    expect(await decide()).toMatchObject({ permitted: false });
  });

  test('is not used beyond its age when nobody answers', async () => {
    letManagerSubscribe();
    await decide();
    await world.altinn.leave();
    world.ahead = 30_001;
    await expect(decide()).rejects.toMatchObject({ code: 'decision-unavailable' });
  });

  test('says until when it may be acted upon: its age counts from when it was asked', async () => {
    letManagerSubscribe();
    const before = world.now();
    const decided = await decide();
    expect(decided?.validUntil).toBeGreaterThanOrEqual(before + 30_000);
    expect(decided?.validUntil).toBeLessThanOrEqual(world.now() + 30_000);
    world.ahead = 10_000;
    expect((await decide())?.validUntil).toBe(decided?.validUntil);
  });

  test.each<[string, Partial<AccessQuestion>]>([
    ['party', { party: organization('311102079').urn }],
    ['instance', { instance: 'another' }],
    ['action', { action: 'read' }],
    ['resource', { resource: 'urn:altinn:resource:company-tax-status' }],
    ['identity', { identity: person(PERSONS[3]).identity() }],
    ['attribute', { attributes: [['urn:altinn:eventtype', 'other']] }],
  ])('is not used for another %s', async (_, more) => {
    letManagerSubscribe();
    expect(await decide()).toMatchObject({ permitted: true });
    expect(await decide(more)).toMatchObject({
      permitted: more.instance !== undefined || 'attributes' in more,
    });
    expect(world.altinn.count('authorization')).toBe(2);
  });

  test('is nothing when the age is 0: a question that comes after another was sent is asked itself', async () => {
    point = world.decisionPoint(0);
    letManagerSubscribe();
    await decide();
    await decide();
    expect(world.altinn.count('authorization')).toBe(2);
    world.altinn.slowMs = 200;
    world.altinn.dial('slow');
    const first = decide();
    await expect.poll(() => world.altinn.count('authorization')).toBe(3);
    const [one, other] = [await decide(), await first];
    expect(one?.permitted && other?.permitted).toBe(true);
    expect(world.altinn.count('authorization')).toBe(4);
    expect(one?.validUntil).toBeGreaterThan(world.now());
  });
});
