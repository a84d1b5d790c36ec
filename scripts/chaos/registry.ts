import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const RESOURCE = 'urn:altinn:resource:super-simple-service';
export const PARTY = 'urn:altinn:organization:identifier-no:310923044';
/** The party about which somebody may know only as long as the grant stands. */
export const GRANTED_PARTY = 'urn:altinn:organization:identifier-no:313211452';
export const GRANT = {
  to: 'urn:altinn:person:identifier-no:12855515545',
  party: GRANTED_PARTY,
  resources: [{ resource: RESOURCE, actions: ['read', 'subscribe'] }],
};

const EXAMPLE = fileURLToPath(new URL('../../examples/registry', import.meta.url));

/** A copy of the example registry: a process that starts makes its database say what stands there. */
export class RegistryFolder {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  static async make(directory: string): Promise<RegistryFolder> {
    await cp(EXAMPLE, directory, { recursive: true });
    return new RegistryFolder(directory);
  }

  /** With the grant or without. Whoever reads meanwhile finds the one or the other. */
  async hold(isGranted: boolean): Promise<void> {
    const path = join(this.#directory, 'parties.json');
    const parties = JSON.parse(await readFile(path, 'utf8')) as { grants: { to: string; party: string }[] };
    const others = parties.grants.filter(({ to, party }) => to !== GRANT.to || party !== GRANT.party);
    const grants = isGranted ? [...others, GRANT] : others;
    await writeFile(`${path}.new`, JSON.stringify({ ...parties, grants }));
    await rename(`${path}.new`, path);
  }
}
