import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSources } from '../../../scripts/house/sources.ts';
import type { Guard } from './guards.ts';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

/** What the sources lean on; a copy of them needs the same around it. */
const AROUND = ['node_modules', 'migrations', 'contracts', 'examples', 'package.json', 'tsconfig.json'];

/** The sources without one check, ready to be run. */
export async function withoutGuard(guard: Guard): Promise<AsyncDisposable & { readonly root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'mutant-'));
  await cp(join(REPOSITORY, 'src'), join(root, 'src'), { recursive: true });
  for (const name of AROUND) await symlink(join(REPOSITORY, name), join(root, name));
  const { file, source } = await findGuard(guard);
  await writeFile(
    join(root, file),
    source.replace(guard.check, () => guard.without),
  );
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

/** The file in which the check stands. Throws when none does, or when it stands twice: then the list has to follow. */
export async function findGuard({ name, folder, check }: Guard): Promise<{ file: string; source: string }> {
  const sources = await readSources(folder, /\.ts$/);
  const found = sources.filter(({ text }) => text.includes(check));
  const [source] = found;
  if (source === undefined || found.length > 1 || source.text.split(check).length > 2) {
    throw new Error(`the guard ${name} does not stand in ${folder} exactly once`);
  }
  return { file: source.path, source: source.text };
}

/** A policy without one of its parts. */
export interface Mutation {
  readonly name: string;
  readonly policy: string;
}

const PART = /\n *<(Rule|ObligationExpression) (?:RuleId|ObligationId)="[^"]*?([^":]+)"[\s\S]*?<\/\1>/g;

/** The policy without each of its rules and obligations in turn. */
export function policyMutations(policy: string): Mutation[] {
  return [...policy.matchAll(PART)].map(([part, kind, id]) => ({
    name: `${kind === 'Rule' ? 'rule' : 'obligation'} ${id}`,
    policy: policy.replace(part, '').replace(/<ObligationExpressions>\s*<\/ObligationExpressions>/, ''),
  }));
}
