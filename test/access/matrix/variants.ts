import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { policy } from '../../support/policies.ts';
import { type Cell, readTable } from './table.ts';

/** A policy, and the table of what it grants. */
export interface Variant {
  /** Identifier of the resource. */
  readonly resource: string;
  readonly urn: string;
  readonly policy: string;
  /** As Altinn Resource Registry writes it. */
  readonly document: object;
  readonly cells: readonly Cell[];
}

const FIXTURES = new URL('../../fixtures/access/', import.meta.url);
const POLICY = '.policy.xml';

export async function readVariants(): Promise<Variant[]> {
  const names = (await readdir(FIXTURES)).filter((name) => name.endsWith(POLICY)).toSorted();
  return Promise.all(names.map((name) => readVariant(name.slice(0, -POLICY.length))));
}

async function readVariant(resource: string): Promise<Variant> {
  const text = (suffix: string) => readFile(new URL(`${resource}${suffix}`, FIXTURES), 'utf8');
  return {
    resource,
    urn: `urn:altinn:resource:${resource}`,
    policy: await text(POLICY),
    document: {
      identifier: resource,
      title: { nb: resource },
      resourceType: resource.startsWith('app_') ? 'AltinnApp' : 'GenericAccessResource',
      hasCompetentAuthority: { organization: '991825827', orgcode: 'ttd' },
    },
    cells: readTable(await text('.table.md'), resource),
  };
}

/** What everybody needs to be let in everywhere before the policies are put in place. */
const OPEN = ['read', 'subscribe', 'publish'];

/** A registry folder in which everybody may do everything: subscriptions and streams are opened under it. */
export async function writeOpenRegistry(
  variants: readonly Variant[],
): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'matrix-'));
  await mkdir(join(directory, 'resources'));
  for (const { resource, document } of variants) {
    const path = join(directory, 'resources', resource);
    await writeFile(`${path}.json`, JSON.stringify(document));
    await writeFile(`${path}${POLICY}`, policy(resource).permit({ actions: OPEN }).xml());
  }
  const parties = await readFile(new URL('parties.json', FIXTURES));
  await writeFile(join(directory, 'parties.json'), parties);
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}
