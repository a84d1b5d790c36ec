import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRegistryFolder } from '../../../src/access/registry/folder.ts';
import { Failure } from '../../../src/lib/errors.ts';
import { policy } from '../../support/policies.ts';
import {
  BRANCH,
  CLERK,
  COMPANY,
  type Content,
  content,
  DIRECTOR,
  org,
  pid,
  resourceDocument,
  snapshot,
  writeFolder,
} from './content.ts';

type Faults = Readonly<Record<string, readonly string[]>>;

async function faultsOf(reading: Promise<unknown>): Promise<Faults> {
  const failure = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(failure instanceof Failure)) throw new Error('the folder was read without a fault');
  expect(failure.code).toBe('registry-invalid');
  return failure.options.fields ?? {};
}

async function faultsAfter(change: (given: Content) => void): Promise<Faults> {
  const given = content();
  change(given);
  return faultsOf(snapshot(given));
}

const form = (given: Content) => given.resources['app_ttd_form']!;
const documentOf = (given: Content) => form(given).document;

describe('a fault is told with file and path:', () => {
  test.each<[string, (given: Content) => void, string, RegExp]>([
    [
      'an unknown member of a resource',
      (given) => Object.assign(documentOf(given), { colour: 'red' }),
      'resources/app_ttd_form.json $.colour',
      /not known/,
    ],
    [
      'a member of the wrong type',
      (given) => Object.assign(documentOf(given), { delegable: 'yes' }),
      'resources/app_ttd_form.json $.delegable',
      /true or false/,
    ],
    [
      'a title without bokmål',
      (given) => Object.assign(documentOf(given), { title: { en: 'Form' } }),
      'resources/app_ttd_form.json $.title.nb',
      /is missing/,
    ],
    [
      'an owner with an impossible number',
      (given) =>
        Object.assign(documentOf(given), {
          hasCompetentAuthority: { organization: '991825828', orgcode: 'skd' },
        }),
      'resources/app_ttd_form.json $.hasCompetentAuthority.organization',
      /mod-11/,
    ],
    [
      'an identifier that is not the name of its file',
      (given) => Object.assign(documentOf(given), { identifier: 'app_ttd_other' }),
      'resources/app_ttd_form.json $.identifier',
      /app_ttd_form/,
    ],
    [
      'a short code that stands for two organisations',
      (given) =>
        Object.assign(documentOf(given), {
          hasCompetentAuthority: { organization: COMPANY, orgcode: 'ttd' },
        }),
      'resources/super-simple-service.json $.hasCompetentAuthority',
      /another organisation/,
    ],
    [
      'a policy with an element that is not understood',
      (given) => {
        form(given).policy = policy('app_ttd_form')
          .permit({ actions: ['read'] })
          .xml()
          .replace('</xacml:Rule>', '<xacml:Condition/></xacml:Rule>');
      },
      'resources/app_ttd_form.policy.xml',
      /Condition/,
    ],
    [
      'a policy that is not XML to its end',
      (given) => {
        form(given).policy += 'x';
      },
      'resources/app_ttd_form.policy.xml',
      /./,
    ],
    [
      'an organisation with an impossible number',
      (given) => given.parties.organizations.push({ orgNumber: '310923045', name: 'Ingen' }),
      'parties.json $.organizations[4].orgNumber',
      /mod-11/,
    ],
    [
      'a person with an impossible number',
      (given) => given.parties.persons.push({ pid: '08844397714', name: 'Ingen' }),
      'parties.json $.persons[3].pid',
      /mod-11/,
    ],
    [
      'an unknown member of a person',
      (given) => Object.assign(given.parties.persons[0]!, { 'shoe size': 42 }),
      'parties.json $.persons[0]["shoe size"]',
      /not known/,
    ],
    [
      'an unknown member of the file',
      (given) => Object.assign(given.parties, { delegations: [] }),
      'parties.json $.delegations',
      /not known/,
    ],
    [
      'an organisation that is there twice',
      (given) => given.parties.organizations.push({ orgNumber: COMPANY, name: 'Igjen', partyId: 7 }),
      'parties.json $.organizations[4]',
      /\$\.organizations\[1\]/,
    ],
    [
      'two parties with one party id',
      (given) => Object.assign(given.parties.persons[1]!, { partyId: 50_000_001 }),
      'parties.json $.persons[1]',
      /partyId/,
    ],
    [
      'a party id that is no whole number',
      (given) => Object.assign(given.parties.persons[1]!, { partyId: 1.5 }),
      'parties.json $.persons[1].partyId',
      /whole number/,
    ],
    [
      'a main unit that is not there',
      (given) => Object.assign(given.parties.organizations[3]!, { mainUnit: '314005627' }),
      'parties.json $.organizations[3].mainUnit',
      /not in the register/,
    ],
    [
      'a main unit that is a sub-unit itself',
      (given) => Object.assign(given.parties.organizations[3]!, { mainUnit: BRANCH }),
      'parties.json $.organizations[3].mainUnit',
      /sub-unit/,
    ],
    [
      'a system user whose owner is not there',
      (given) => Object.assign(given.parties.systemUsers[0]!, { owner: '314005627' }),
      'parties.json $.systemUsers[0].owner',
      /not in the register/,
    ],
    [
      'a grant to somebody who is not there',
      (given) => Object.assign(given.parties.grants[0]!, { to: pid('31905520299') }),
      'parties.json $.grants[0].to',
      /nobody/,
    ],
    [
      'a grant for something that is no party',
      (given) => Object.assign(given.parties.grants[0]!, { party: '/party/50000001' }),
      'parties.json $.grants[0].party',
      /URN/,
    ],
    [
      'a grant that is there twice',
      (given) => given.parties.grants.push({ to: pid(DIRECTOR), party: org(COMPANY), roles: ['LEDE'] }),
      'parties.json $.grants[1]',
      /\$\.grants\[0\]/,
    ],
    [
      'a delegation of a resource that is not there',
      (given) =>
        Object.assign(given.parties.grants[0]!, {
          resources: [{ resource: 'urn:altinn:resource:unknown', actions: ['read'] }],
        }),
      'parties.json $.grants[0].resources[0].resource',
      /not in the registry/,
    ],
    [
      'a name that the database cannot hold',
      (given) => Object.assign(given.parties.persons[0]!, { name: 'a\0b' }),
      'parties.json $.persons[0].name',
      /NUL/,
    ],
  ])('%s', async (_, change, place, message) => {
    const faults = await faultsAfter(change);

    expect(Object.keys(faults)).toEqual([place]);
    expect(faults[place]?.join()).toMatch(message);
  });

  test.each<[string, string, string, RegExp]>([
    [
      'a file that is not JSON, with line and column',
      'parties.json',
      '{\n  "persons": [],}',
      /is not JSON: line 2 column 17/,
    ],
    [
      'a file that is not JSON, with the character',
      'parties.json',
      '{ "persons": [,] }',
      /is not JSON: Unexpected token ','$/,
    ],
    ['a file that ends too early', 'parties.json', '{ "persons": [', /is not JSON: Unexpected end$/],
    ['JSON of another kind', 'parties.json', '[]', /must be an object/],
    ['a file with a name of no meaning', 'resources/readme.txt', 'hello', /neither/],
    [
      'a policy without its resource',
      'resources/lonely.policy.xml',
      content().resources['app_ttd_form']!.policy,
      /missing/,
    ],
    [
      'a file that is too large',
      'resources/app_ttd_form.json',
      ' '.repeat(2 ** 20 + 1),
      /larger than 1048576/,
    ],
  ])('%s', async (_, name, text, message) => {
    await using folder = await writeFolder(content());
    await writeFile(join(folder.directory, name), text);

    const faults = await faultsOf(readRegistryFolder(folder.directory));

    expect(Object.keys(faults)).toHaveLength(1);
    expect(Object.values(faults).flat().join()).toMatch(message);
  });

  test('a file that is not UTF-8', async () => {
    await using folder = await writeFolder(content());
    await writeFile(
      join(folder.directory, 'parties.json'),
      Buffer.from('{"persons":[{"name":"\xe6"}]}', 'latin1'),
    );

    const faults = await faultsOf(readRegistryFolder(folder.directory));

    expect(faults).toEqual({ 'parties.json': ['is not UTF-8'] });
  });

  test('a folder that holds nothing', async () => {
    const faults = await faultsOf(readRegistryFolder(import.meta.dirname));

    expect(faults).toEqual({
      resources: [expect.stringContaining('cannot be listed')],
      'parties.json': ['is missing'],
    });
  });
});

test('all faults of all files are told at once, and none of them tells a person number', async () => {
  const faults = await faultsAfter((given) => {
    given.resources['second'] = { document: resourceDocument('second', { resourceType: 7 }), policy: '<x/>' };
    Object.assign(given.parties.persons[0]!, { [DIRECTOR]: true, pid: 8_844_397_713 });
    Object.assign(given.parties.grants[0]!, { to: pid(CLERK), roles: 'DAGL', keyRole: 1 });
    for (let index = 0; index < 12; index += 1) given.parties.organizations.push({ orgNumber: index });
  });

  expect(Object.keys(faults)).toEqual(
    expect.arrayContaining([
      'resources/second.json $.resourceType',
      'resources/second.policy.xml',
      'parties.json $.persons[0].pid',
      'parties.json $.grants[0].roles',
      'parties.json $.grants[0].keyRole',
      'parties.json $.organizations[15].orgNumber',
      'parties.json $.organizations[15].name',
    ]),
  );
  expect(JSON.stringify(faults)).not.toMatch(/\d{11}/);
});
