import { expect, test } from 'vitest';
import { ACTIVITY_TYPES } from '../../src/dialogs/model.ts';
import { wallClock } from '../../src/lib/time.ts';
import { uuidv7 } from '../../src/lib/uuid.ts';
import { until } from '../support/until.ts';
import { openWatchedPlatform } from '../support/watched-platform.ts';

const NAMES = Object.values(ACTIVITY_TYPES).map((name) => `activity.${name}`);
const performedBy = { actorType: 'ServiceOwner' };
const text = (value: string) => [{ languageCode: 'nb', value }];

test('a dialog with all 17 activities and a transmission is 19 events, the same and in order in webhook and feed', async () => {
  await using watched = await openWatchedPlatform();
  const transmissionId = uuidv7(wallClock());
  const id = await watched.create({
    transmissions: [
      {
        ...{ id: transmissionId, type: 'Information', sender: performedBy },
        content: { title: { value: text('Brev') }, summary: { value: text('Et brev') } },
      },
    ],
    activities: Object.keys(ACTIVITY_TYPES).map((type) => ({
      ...{ type, performedBy },
      ...(type === 'TransmissionOpened' && { transmissionId }),
      ...(type === 'Information' && { description: text('Noe har skjedd') }),
    })),
  });
  const told = await watched.told(id);
  expect(new Set(NAMES).size).toBe(17);
  expect(told).toEqual(['created', 'transmission.created', ...NAMES]);
  expect(told).not.toContain('updated');
  const events = await watched.events(id);
  expect(events.map((event) => event['dialogsequence'])).toEqual(
    Array.from({ length: 19 }, (_, index) => index + 1),
  );
  await until('the webhook has heard all', () => watched.receiver.events().length === 19);
  expect(watched.receiver.events()).toEqual(events);
});
