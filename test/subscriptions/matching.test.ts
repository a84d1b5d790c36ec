import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogRow } from '../../src/events/event.ts';
import { interestOf, isAskedFor } from '../../src/subscriptions/matching.ts';
import { SubscriptionIndex } from '../../src/subscriptions/subscription-index.ts';
import type { Subscription } from '../../src/subscriptions/subscription.ts';
import { draft, OWNER } from '../support/log.ts';

const RESOURCE = 'urn:altinn:resource:app_ttd_apps-test';
const [UNIT, MAIN] = ['urn:altinn:organization:identifier-no:1', 'urn:altinn:organization:identifier-no:2'];

type Filter = Partial<
  Pick<
    Subscription,
    'resourceFilter' | 'subjectFilter' | 'sourceFilter' | 'typeFilter' | 'includeSubunits' | 'identity'
  >
>;

function subscription(filter: Filter): Subscription {
  return {
    ...{
      id: 1,
      lane: 0,
      endpoint: 'https://a.no',
      resourceFilter: RESOURCE,
      consumer: '/org/a',
      createdBy: '/org/a',
    },
    ...{ subjectFilter: null, sourceFilter: null, typeFilter: null, includeSubunits: false, created: '' },
    ...{
      identity: { scopes: [], level: 3 },
      validated: true,
      handshakeAttempt: 0,
      handshakeInMs: null,
      version: 1,
    },
    ...{ state: 'active', startPosition: 0, ordering: 'dialog', deleted: false },
    ...{ format: 'structured', signing: 'v1', retrySchedule: null },
    ...{ stateReason: null, seek: null, onExhausted: 'continue' as const, recovery: 0 },
    ...filter,
  };
}

function row(more: Partial<LogRow> = {}): LogRow {
  return {
    ...draft(),
    position: 1,
    resource: RESOURCE,
    subject: UNIT,
    type: 'app.instance.created',
    ...more,
  };
}

/** The ids of those that the index finds. */
function find(index: SubscriptionIndex, event: LogRow, mainUnit?: string): number[] {
  const found: number[] = [];
  index.match(event, mainUnit, ({ id }) => found.push(id));
  return found.toSorted((one, other) => one - other);
}

/** Both ways of finding out must say the same: by the index, and of one that is known already. */
function isWanted(filter: Filter, event: LogRow, mainUnit?: string): boolean {
  const one = subscription(filter);
  const index = new SubscriptionIndex();
  const interest = index.add(interestOf(one));
  const isFound = find(index, event, mainUnit).length === 1;
  expect(isFound).toBe(isAskedFor(one, event, mainUnit));
  index.remove(interest);
  expect(find(index, event, mainUnit)).toEqual([]);
  return isFound;
}

describe('an event is wanted', () => {
  test.each<[string, Filter, Partial<LogRow>, boolean]>([
    ['of the resource', {}, {}, true],
    ['never of another resource', {}, { resource: `${RESOURCE}-2` }, false],
    ['never of the resource in another case', {}, { resource: RESOURCE.toUpperCase() }, false],
    ['of the subject', { subjectFilter: UNIT }, {}, true],
    ['never of another subject', { subjectFilter: MAIN }, {}, false],
    ['never without a subject when one is asked for', { subjectFilter: UNIT }, { subject: null }, false],
    ['without a subject when none is asked for', {}, { subject: null }, true],
    ['of the type', { typeFilter: 'app.instance.created' }, {}, true],
    ['never of the type in another case', { typeFilter: 'app.instance.Created' }, {}, false],
    ['never of a longer type', { typeFilter: 'app.instance' }, {}, false],
    ['of a type with the prefix', { typeFilter: 'app.instance.*' }, {}, true],
    ['of any type under a star alone', { typeFilter: '*' }, {}, true],
    ['never of our own types unless they are named', {}, { type: 'budstikka.dialog.visible.v1' }, false],
    [
      'never of our own types under a star',
      { typeFilter: '*' },
      { type: 'budstikka.dialog.visible.v1' },
      false,
    ],
    [
      'of our own types under our prefix',
      { typeFilter: 'budstikka.*' },
      { type: 'budstikka.dialog.visible.v1' },
      true,
    ],
    [
      'of our own type by its name',
      { typeFilter: 'budstikka.dialog.visible.v1' },
      { type: 'budstikka.dialog.visible.v1' },
      true,
    ],
  ])('%s', (_, filter, event, wanted) => {
    expect(isWanted(filter, row(event))).toBe(wanted);
  });

  test.each<[string, string, boolean]>([
    [
      'https://ttd.apps.altinn.no/ttd/apps-test',
      'https://ttd.apps.altinn.no/ttd/apps-test/instances/1/2',
      true,
    ],
    ['https://ttd.apps.altinn.no/ttd/apps-test', 'https://ttd.apps.altinn.no/ttd/other', true],
    ['https://ttd.apps.altinn.no/ttd/apps-test', 'https://ttd.apps.altinn.no/skd/other', false],
    ['https://ttd.apps.altinn.no/ttd/apps-test', 'https://skd.apps.altinn.no/ttd/apps-test', false],
    ['https://ttd.apps.altinn.no/ttd/apps-test', 'http://ttd.apps.altinn.no/ttd/apps-test', false],
    ['https://ttd.apps.altinn.no/ttd/apps-test', 'https://ttd.apps.altinn.no:444/ttd/apps-test', false],
    ['https://ttd.apps.altinn.no/ttd/apps-test', '/ttd/apps-test', false],
  ])('with the source filter %s from %s: %s', (sourceFilter, source, wanted) => {
    expect(isWanted({ sourceFilter }, row({ source }))).toBe(wanted);
  });

  test('of a sub-unit under its main unit, when sub-units are asked for', () => {
    expect(isWanted({ subjectFilter: MAIN, includeSubunits: true }, row(), MAIN)).toBe(true);
    expect(isWanted({ subjectFilter: MAIN, includeSubunits: false }, row(), MAIN)).toBe(false);
    expect(isWanted({ subjectFilter: MAIN, includeSubunits: true }, row(), undefined)).toBe(false);
  });

  test.each([
    ['all', true, true],
    ['owner', true, false],
    ['others', false, true],
  ] as const)('in the audience %s: by the owner %s, by somebody else %s', (audience, byOwner, byOther) => {
    const identity = (orgNumber: string) => ({ identity: { orgNumber, scopes: [], level: 3 } });
    expect(isWanted(identity(OWNER), row({ audience }))).toBe(byOwner);
    expect(isWanted(identity('1'), row({ audience }))).toBe(byOther);
  });
});

test.each([3, 30])(
  'of %i subscriptions under one key, those that are removed are no longer found',
  (count) => {
    const index = new SubscriptionIndex();
    const interests = Array.from({ length: count }, (_, id) =>
      index.add(interestOf({ ...subscription({ subjectFilter: UNIT }), id })),
    );
    index.remove(interests[1]!);
    expect(find(index, row())).toEqual(interests.map(({ id }) => id).filter((id) => id !== 1));
    for (const interest of interests) if (interest.id !== 1) index.remove(interest);
    expect(find(index, row())).toEqual([]);
  },
);

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const TYPES = ['app.instance.created', 'app.instance', 'app', 'budstikka.dialog.visible.v1', 'budstikka.'];
const filters: fc.Arbitrary<Filter> = fc.record({
  resourceFilter: oneOf(RESOURCE, `${RESOURCE}-2`),
  subjectFilter: oneOf(null, UNIT, MAIN),
  typeFilter: oneOf(null, '*', 'app.*', 'app.instance.*', 'app.i*', 'budstikka*', 'budstikka.*', ...TYPES),
  sourceFilter: oneOf(null, null, 'https://ttd.apps.altinn.no/ttd/apps-test'),
  includeSubunits: fc.boolean(),
  identity: oneOf(OWNER, '1', undefined).map((orgNumber) => ({
    ...{ scopes: [], level: 3 },
    ...(orgNumber && { orgNumber }),
  })),
});
const rows = fc.record({
  resource: oneOf(RESOURCE, `${RESOURCE}-2`),
  subject: oneOf(null, UNIT, MAIN),
  type: oneOf(...TYPES),
  source: oneOf(
    'https://ttd.apps.altinn.no/ttd/apps-test/instances/1',
    'https://ttd.apps.altinn.no/skd/a',
    '/a',
  ),
  audience: oneOf('all' as const, 'owner' as const, 'others' as const),
});

test('however many there are and have been, the index finds exactly those who asked for the event', () => {
  const crowd = fc.array(fc.record({ filter: filters, leaves: fc.boolean() }), {
    maxLength: 120,
    size: 'max',
  });
  const property = fc.property(crowd, fc.array(rows, { minLength: 1 }), (everyone, events) => {
    const index = new SubscriptionIndex();
    const all = everyone.map(({ filter, leaves }, id) => ({ one: { ...subscription(filter), id }, leaves }));
    const interests = all.map(({ one }) => index.add(interestOf(one)));
    for (const [at, { leaves }] of all.entries()) if (leaves) index.remove(interests[at]!);
    for (const more of events) {
      const event = row(more);
      const mainUnit = event.subject === UNIT ? MAIN : undefined;
      const asked = all.filter(({ one, leaves }) => !leaves && isAskedFor(one, event, mainUnit));
      expect(find(index, event, mainUnit)).toEqual(asked.map(({ one }) => one.id));
    }
  });
  fc.assert(property, { numRuns: 200, seed: 20261123 });
});
