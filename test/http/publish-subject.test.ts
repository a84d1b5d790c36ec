import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CLERK,
  COMPANY,
  content,
  DIRECTOR,
  org,
  pid,
  SIMPLE,
  writeFolder,
} from '../access/registry/content.ts';
import { event, openPublishers, PUBLISH, type Publishers } from '../publishing/client.ts';
import { policy } from '../support/policies.ts';

let under: Publishers;
let folder: Awaited<ReturnType<typeof writeFolder>>;
let director: string;

beforeAll(async () => {
  const given = content();
  const resource = given.resources['super-simple-service']!;
  given.resources['super-simple-service'] = {
    ...resource,
    policy: policy('super-simple-service')
      .permit({ roles: ['DAGL', 'PRIV'], actions: ['publish'] })
      .minimumLevel(3)
      .xml(),
  };
  folder = await writeFolder(given);
  under = await openPublishers({ REGISTRY_DIR: folder.directory });
  director = await under.platform.token('GetPersonalToken', { pid: DIRECTOR, scopes: PUBLISH });
});
afterAll(async () => {
  await under[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const publishAbout = async (subject: string | undefined, token = director) =>
  (await under.publish(event({ resource: SIMPLE, subject }), { token })).status;

describe('the policy is asked about the event’s own subject', () => {
  test.each([
    ['a company that the publisher leads', org(COMPANY)],
    ['the same company by its party id', '/party/50000001'],
    ['the same company in the older form', `/organisation/${COMPANY}`],
    ['the publisher', pid(DIRECTOR)],
    ['the publisher in the older form', `/person/${DIRECTOR}`],
  ])('an event about %s is permitted', async (_, subject) => {
    expect(await publishAbout(subject)).toBe(200);
  });

  test.each([
    ['another person', pid(CLERK)],
    ['a person whom nobody knows', 'urn:altinn:person:identifier-no:23877236943'],
    ['something that is no party', 'building 7'],
    ['nobody', undefined],
  ])('an event about %s is not', async (_, subject) => {
    expect(await publishAbout(subject)).toBe(403);
  });

  test('and of a caller who has authenticated too weakly, not at all', async () => {
    const weak = { pid: DIRECTOR, scopes: PUBLISH, authLvl: '2' };
    const token = await under.platform.token('GetPersonalToken', weak);
    const answer = await under.publish(event({ resource: SIMPLE, subject: org(COMPANY) }), { token });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'level-too-low' });
  });
});
