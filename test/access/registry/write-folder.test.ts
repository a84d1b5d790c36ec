import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readAccessChanges } from '../../../src/access/access-queries.ts';
import { applyRegistry } from '../../../src/access/registry/apply.ts';
import { readRegistryFolder } from '../../../src/access/registry/folder.ts';
import { deleteGrant } from '../../../src/access/registry/single-changes.ts';
import { toSnapshot } from '../../../src/access/registry/snapshot.ts';
import { writeRegistryFolder } from '../../../src/access/registry/write-folder.ts';
import { openTestDatabase } from '../../support/database.ts';
import { CLERK, COMPANY, org, pid, snapshot } from './content.ts';
import { everyKind } from './every-kind.ts';

async function emptyFolder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'registry-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

const content = everyKind();
Object.assign(content.parties.organizations[2]!, { type: 'BEDR', deleted: true });
Object.assign(content.parties.persons[1]!, { dateOfBirth: '1984-02-29' });
Object.assign(content.parties.grants[0]!, { keyRole: true, mainAdministrator: true });

test('what was applied, exported and read again is the same', async () => {
  const given = await snapshot(content);
  const directory = await emptyFolder();
  await writeRegistryFolder(directory, given);
  expect(await readRegistryFolder(directory)).toEqual(given);
});

test('what stands in the tables is exported as a folder that changes nothing when it is applied', async () => {
  await using opened = await openTestDatabase();
  const { database } = opened;
  await applyRegistry(database, await snapshot(content), 'test');
  const { version } = await deleteGrant(database, { recipient: pid(CLERK), party: org(COMPANY) }, 'test');
  const directory = join(await emptyFolder(), 'new');
  const exported = toSnapshot(await readAccessChanges(database, 0));
  await writeRegistryFolder(directory, exported);

  expect(exported.grants.map((grant) => grant.recipient)).not.toContain(pid(CLERK));
  expect(await applyRegistry(database, await readRegistryFolder(directory), 'test')).toMatchObject({
    version,
  });
});

test('a folder that holds something is left as it is', async () => {
  const directory = await emptyFolder();
  await writeRegistryFolder(directory, await snapshot());
  await expect(writeRegistryFolder(directory, await snapshot())).rejects.toMatchObject({
    code: 'request-invalid',
    message: `${directory} is not empty.`,
  });
});
