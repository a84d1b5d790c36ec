import type { ServiceResource } from '../access/ports.ts';
import { Failure, toError } from '../lib/errors.ts';
import type { OwnerCaller } from './caller.ts';
import { RESOURCE_PREFIX } from './dialog-rules.ts';
import { Faults } from './faults.ts';
import type { DialogsOptions } from './options.ts';

/** What a body, or a JSON Patch, refers to outside the dialog. */
export interface References {
  /** Service resources whose policies are to be asked as well. */
  readonly resources: ReadonlySet<string>;
  /** URNs of actors, and where in the body each was first met. */
  readonly actors: ReadonlyMap<string, string>;
}

/** Deeper than any body of the contract goes. */
const DEEPEST = 32;

/** Names of actors by URN, as the register has them. */
export type ActorNames = ReadonlyMap<string, string>;

/**
 * Finds every authorization attribute that names another service resource and every actor's URN, wherever in the value
 * they stand. Throws `request-invalid` when the value is nested deeper than any body of the contract.
 */
export function referencesIn(value: unknown): References {
  const resources = new Set<string>();
  const actors = new Map<string, string>();
  for (const { name, text, at } of textsIn(value)) {
    const lower = text.toLowerCase();
    if (name === 'authorizationattribute' && lower.startsWith(RESOURCE_PREFIX)) resources.add(lower);
    if (name === 'actorid' && !actors.has(text)) actors.set(text, at);
  }
  return { resources, actors };
}

/** A text in a body, the lower-case name of the member that it is the value of, and where that stands. */
interface NamedText {
  readonly name: string;
  readonly text: string;
  readonly at: string;
}

function* textsIn(value: unknown, at = '', depth = 0): Generator<NamedText> {
  if (depth > DEEPEST) throw new Failure('request-invalid', { detail: 'The body is nested too deeply.' });
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* textsIn(item, `${at}[${index}]`, depth + 1);
    return;
  }
  const last = lastToken(value);
  for (const [name, member] of Object.entries(value)) {
    const path = at === '' ? name : `${at}.${name}`;
    // The value of a patch operation stands for the member that its path ends with.
    const meant = name === 'value' && last !== undefined ? last : name.toLowerCase();
    if (typeof member === 'string') yield { name: meant, text: member, at: path };
    else yield* textsIn(member, path, depth + 1);
  }
}

function lastToken(value: object): string | undefined {
  const { path } = value as { path?: unknown };
  return typeof path === 'string' ? path.split('/').at(-1)?.toLowerCase() : undefined;
}

/**
 * Asks the registry and the register, before any lock is taken. Throws `not-owner` for a resource of somebody else and
 * `rule-broken` for an actor whom the register does not know.
 */
export async function resolveReferences(
  dialogs: DialogsOptions,
  caller: OwnerCaller,
  { resources, actors }: References,
): Promise<ActorNames> {
  await Promise.all([...resources].map((urn) => ownResource(dialogs, caller, urn)));
  const faults = new Faults();
  const names = await Promise.all(
    [...actors].map(async ([urn, at]): Promise<[string, string]> => {
      const name = await nameOf(dialogs, urn);
      faults.demand(name !== undefined, at, 'is not known to the register');
      return [urn, name ?? ''];
    }),
  );
  faults.refuse('rule-broken');
  return new Map(names);
}

/** The service resource by its URN. Throws `not-owner` when it is another's, or nobody's. */
export async function ownResource(
  dialogs: DialogsOptions,
  caller: OwnerCaller,
  urn: string,
): Promise<ServiceResource> {
  const resource = await dialogs.registry.resource(urn);
  if (!resource || (resource.owner !== caller.orgNumber && !caller.admin)) {
    throw new Failure('not-owner', { detail: 'The service resource does not belong to the caller.' });
  }
  return resource;
}

/** Longest wait for the name of somebody, in milliseconds. */
const PATIENCE = 500;

/** The name that the register has, undefined when it has none or does not answer in time. Never rejects. */
export async function nameOf(dialogs: DialogsOptions, urn: string): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE);
  });
  const asked = Promise.resolve()
    .then(() => dialogs.register.party(urn))
    .catch((thrown: unknown) => {
      dialogs.log.warn({ err: toError(thrown) }, 'the register could not be asked for a name');
      return undefined;
    });
  const record = await Promise.race([asked, late]);
  clearTimeout(timer);
  return record?.name;
}
