import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { derivedPartyId, derivedPartyUuid, derivedUserId } from '../../../src/access/derived-ids.ts';
import { readRegistryFolder } from '../../../src/access/registry/folder.ts';
import { BRANCH, CLERK, COMPANY, content, DIRECTOR, org, pid, snapshot, writeFolder } from './content.ts';

describe('a registry folder', () => {
  test('is read whole, and what is left out is derived', async () => {
    const { resources, parties, grants } = await snapshot();

    expect(
      resources.map(({ identifier, org: code, owner, type }) => [identifier, code, owner, type]),
    ).toEqual([
      ['app_ttd_form', 'ttd', '991825827', 'altinnapp'],
      ['super-simple-service', 'ttd', '991825827', 'genericaccessresource'],
    ]);
    expect(parties.find(({ urn }) => urn === org(COMPANY))).toMatchObject({
      party_id: 50_000_001,
      party_uuid: derivedPartyUuid(org(COMPANY)),
      user_id: null,
      belongs_to: null,
    });
    expect(parties.find(({ urn }) => urn === org(BRANCH))).toMatchObject({ belongs_to: org(COMPANY) });
    expect(parties.find(({ urn }) => urn === pid(CLERK))).toMatchObject({
      party_id: derivedPartyId(pid(CLERK)),
      user_id: derivedUserId(pid(CLERK)),
    });
    expect(grants).toEqual([
      expect.objectContaining({ recipient: pid(DIRECTOR), party: org(COMPANY), roles: ['DAGL'] }),
    ]);
  });

  test('that comes as the example has nothing wrong with it', async () => {
    const example = await readRegistryFolder(join(import.meta.dirname, '../../../examples/registry'));

    expect(example.resources.map(({ org: code }) => code)).toEqual(['skd', 'ttd']);
    expect(example.grants).toContainEqual(
      expect.objectContaining({ recipient: pid(DIRECTOR), party: org(COMPANY), roles: ['DAGL'] }),
    );
  });

  test('may begin every file with a byte-order mark', async () => {
    await using folder = await writeFolder(content());
    const files = ['parties.json', 'resources/app_ttd_form.json', 'resources/app_ttd_form.policy.xml'];
    const given = content();
    const texts = [
      JSON.stringify(given.parties),
      JSON.stringify(given.resources['app_ttd_form']?.document),
      given.resources['app_ttd_form']?.policy ?? '',
    ];
    for (const [index, name] of files.entries()) {
      await writeFile(join(folder.directory, name), `\uFEFF${texts[index]}`);
    }

    expect(await readRegistryFolder(folder.directory)).toEqual(await snapshot());
  });
});
