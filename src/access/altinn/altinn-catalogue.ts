import { Failure } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { ROLE_CODE } from '../attributes.ts';
import { partyOf } from '../caller.ts';
import { listedResource, type PolicySummary, summarize } from '../listed-resource.ts';
import { partyAttribute } from '../party-identifiers.ts';
import type { AccessCatalogue, AuthorizedParty, Identity, ListedResource } from '../ports.ts';
import { compilePolicy } from '../xacml/compile.ts';
import { type AltinnRegistry, RESOURCE_PATH } from './altinn-registry.ts';
import { readAuthorizedParties } from './authorized-party.ts';
import { Lookup } from './lookup.ts';
import type { RemoteService } from './remote-service.ts';

export interface AltinnCatalogueOptions {
  readonly registry: AltinnRegistry;
  /** Altinn Resource Registry. */
  readonly policies: RemoteService;
  /** Altinn Access Management. */
  readonly accessManagement: RemoteService;
  /** Milliseconds that what was answered may be used for; 0 asks every time. */
  readonly maxAge: { readonly policy: number; readonly parties: number };
  readonly now: () => number;
  readonly log: Log;
}

const INCLUDED = ['Altinn2', 'Altinn3', 'Roles', 'AccessPackages', 'Resources', 'Instances'];
const PARTIES = `/accessmanagement/api/v1/resourceowner/authorizedparties?${INCLUDED.map((what) => `include${what}=true`).join('&')}`;
const REQUESTS_MOST = 8;
/** Whose parties are remembered: a list may be of thousands. */
const LISTS_MOST = 1000;

/** Lists from Altinn Resource Registry and Altinn Access Management. */
export class AltinnCatalogue implements AccessCatalogue {
  readonly #registry: AltinnRegistry;
  readonly #log: Log;
  readonly #policies: Lookup<string, PolicySummary>;
  readonly #parties: Lookup<string, readonly AuthorizedParty[]>;

  constructor({ registry, policies, accessManagement, maxAge, now, log }: AltinnCatalogueOptions) {
    this.#registry = registry;
    this.#log = log;
    const each = { batchMost: 1, requestsMost: REQUESTS_MOST, now, keyOf: (key: string) => key };
    this.#policies = new Lookup({
      ...{ ...each, joinsSent: maxAge.policy > 0, lifetimeOf: () => maxAge.policy },
      ask: async ([identifier = '']) => {
        const path = `${RESOURCE_PATH}${identifier}/policy`;
        const policy = await policies.ask({ path, answer: 'xml' }, (xml) => this.#summarize(identifier, xml));
        return new Map([[identifier, policy]]);
      },
    });
    this.#parties = new Lookup({
      ...{ ...each, joinsSent: maxAge.parties > 0, lifetimeOf: () => maxAge.parties, knownMost: LISTS_MOST },
      ask: async ([who = '']) => {
        const [type, value] = partyAttribute(who) ?? [];
        const inquiry = { path: PARTIES, body: { type, value } };
        const read = (json: unknown): readonly AuthorizedParty[] => readAuthorizedParties(json, who);
        return new Map([[who, await accessManagement.ask(inquiry, read)]]);
      },
    });
  }

  /** @throws Failure `decision-unavailable` */
  async resources(urns: readonly string[]): Promise<readonly ListedResource[]> {
    const found = await Promise.all(urns.map((urn) => this.#resource(urn)));
    return found.filter((resource) => resource !== undefined);
  }

  /** @throws Failure `decision-unavailable` */
  async authorizedParties(identity: Identity): Promise<readonly AuthorizedParty[]> {
    const who = partyOf(identity);
    return who === undefined ? [] : (await this.#parties.find(who)).answer;
  }

  async #resource(urn: string): Promise<ListedResource | undefined> {
    const entry = await this.#registry.entry(urn);
    if (!entry) return undefined;
    const { answer } = await this.#policies.find(entry.resource.identifier);
    return listedResource(entry.resource, entry.document, answer);
  }

  /** Only what lists show: Altinn Authorization decides by the policy itself, also where it is not understood here. */
  #summarize(resource: string, xml: unknown): PolicySummary {
    if (typeof xml !== 'string') return summarize(undefined);
    try {
      return summarize(compilePolicy(xml, { caseless: [ROLE_CODE] }));
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      const fields = { resource, fault: thrown.message };
      this.#log.warn(fields, 'the policy is not understood: lists name nobody who may read by it');
      return summarize(undefined);
    }
  }
}
