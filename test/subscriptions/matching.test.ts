import { describe, expect, test } from 'vitest';
import type { LogRow } from '../../src/events/event.ts';
import { isAskedFor, SubscriptionIndex } from '../../src/subscriptions/matching.ts';
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
    ...{ format: 'structured', signing: 'v1' },
    ...{ stateReason: null, seek: null },
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

/** Both ways of finding out must say the same: by the index, and of one that is known already. */
function isWanted(filter: Filter, event: LogRow, mainUnit?: string): boolean {
  const entry = { subscription: subscription(filter) };
  const index = new SubscriptionIndex<typeof entry>();
  index.add(entry);
  const found: (typeof entry)[] = [];
  index.match(event, mainUnit, (one) => found.push(one));
  expect(found.length === 1).toBe(isAskedFor(entry.subscription, event, mainUnit));
  index.remove(entry);
  index.match(event, mainUnit, () => expect.unreachable());
  return found.length === 1;
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

test('of several subscriptions under one key, the one that is removed is no longer found', () => {
  const entries = [1, 2, 3].map((id) => ({ subscription: { ...subscription({ subjectFilter: UNIT }), id } }));
  const index = new SubscriptionIndex<(typeof entries)[number]>();
  for (const entry of entries) index.add(entry);
  index.remove(entries[1]!);
  index.remove(entries[1]!);
  const found: number[] = [];
  index.match(row(), undefined, ({ subscription: { id } }) => found.push(id));
  expect(found).toEqual([1, 3]);
});
