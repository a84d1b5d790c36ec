import { partyAttribute } from '../party-identifiers.ts';
import type { ResourceRegistry, ServiceResource } from '../ports.ts';
import type { RegistryDocument, Words } from '../listed-resource.ts';
import { BadAnswer, membersOf, textOf } from './json-members.ts';
import { Lookup } from './lookup.ts';
import type { RemoteService } from './remote-service.ts';

export interface AltinnRegistryOptions {
  /** Altinn Resource Registry. */
  readonly service: RemoteService;
  /** Milliseconds that an entry may be used for; 0 asks every time. */
  readonly maxAge: number;
  readonly now: () => number;
}

/** A resource and what is written about it. */
export interface RegistryEntry {
  readonly resource: ServiceResource;
  readonly document: RegistryDocument;
}

const RESOURCE_ID = 'urn:altinn:resource';
export const RESOURCE_PATH = '/resourceregistry/api/v1/resource/';
/** What can be in a path and in an identifier; nothing else is asked for. */
const IDENTIFIER = /^[a-z0-9][a-z0-9_.-]{0,127}$/;
/** Milliseconds after which one asks again for what was not there: whoever registers it expects it to work. */
const MISSING_MAX_AGE = 5000;

/**
 * Service resources of Altinn Resource Registry. One without an organisation number as its owner, as there are from
 * before, is none here: nobody could be told from its owner.
 */
export class AltinnRegistry implements ResourceRegistry {
  readonly #entries: Lookup<string, RegistryEntry | undefined>;

  constructor({ service, maxAge, now }: AltinnRegistryOptions) {
    this.#entries = new Lookup({
      ...{ batchMost: 1, requestsMost: 8, now, joinsSent: maxAge > 0 },
      keyOf: (identifier) => identifier,
      lifetimeOf: (found) => (found ? maxAge : Math.min(maxAge, MISSING_MAX_AGE)),
      ask: async (identifiers) => {
        const answers = new Map<string, RegistryEntry | undefined>();
        for (const one of identifiers) {
          answers.set(one, await service.ask({ path: RESOURCE_PATH + one }, (json) => read(json, one)));
        }
        return answers;
      },
    });
  }

  /** @throws Failure `decision-unavailable` */
  async resource(urn: string): Promise<ServiceResource | undefined> {
    return (await this.entry(urn))?.resource;
  }

  /**
   * The resource and what is written about it.
   *
   * @throws Failure `decision-unavailable`
   */
  async entry(urn: string): Promise<RegistryEntry | undefined> {
    const [id, identifier = ''] = partyAttribute(urn.toLowerCase()) ?? [];
    if (id !== RESOURCE_ID || !IDENTIFIER.test(identifier)) return undefined;
    return (await this.#entries.find(identifier)).answer;
  }
}

function read(json: unknown, asked: string): RegistryEntry | undefined {
  if (json === undefined) return undefined;
  const members = membersOf(json, 'a resource');
  const { identifier, resourcetype, hascompetentauthority } = members;
  const named = textOf(identifier)?.toLowerCase();
  if (named !== asked) throw new BadAnswer('another resource was answered');
  const { organization, orgcode, name } = membersOf(hascompetentauthority ?? {}, 'hasCompetentAuthority');
  const owner = textOf(organization);
  const org = textOf(orgcode)?.toLowerCase();
  if (!owner || !org) return undefined;
  const resourceType = textOf(resourcetype) ?? '';
  const type = resourceType.toLowerCase();
  return {
    resource: { identifier: named, urn: `${RESOURCE_ID}:${named}`, type, org, owner },
    document: {
      ...{ resourceType, status: textOf(members['status']), delegable: members['delegable'] === true },
      title: wordsOf(members['title']),
      hasCompetentAuthority: { name: wordsOf(name) },
    },
  };
}

function wordsOf(value: unknown): Words {
  const words = Object.entries(membersOf(value ?? {}, 'a text by language'));
  return Object.fromEntries(words.filter(([, text]) => typeof text === 'string' && text !== '')) as Words;
}
