import { AltinnCatalogue } from '../access/altinn/altinn-catalogue.ts';
import { AltinnDecisionPoint } from '../access/altinn/altinn-decision-point.ts';
import { AltinnRegister } from '../access/altinn/altinn-register.ts';
import { AltinnRegistry } from '../access/altinn/altinn-registry.ts';
import { type Credentials, gatewayKey, keyOnly } from '../access/altinn/credentials.ts';
import { MaskinportenCredentials } from '../access/altinn/maskinporten.ts';
import { RemoteService, type Send } from '../access/altinn/remote-service.ts';
import { createLocalDecisionPoint } from '../access/local-decision-point.ts';
import { createLocalCatalogue } from '../access/local-catalogue.ts';
import type { AccessCatalogue, DecisionPoint, Register, ResourceRegistry } from '../access/ports.ts';
import type { Config } from '../config.ts';
import type { Disposals } from '../lib/disposals.ts';
import type { Log } from '../lib/log.ts';
import { monotonic } from '../lib/time.ts';
import type { Ground } from './ground.ts';
import type { Outgoing } from './outgoing.ts';

/** Who knows resources, parties and rights: the tables of the database, or Altinn. */
export interface Access {
  /** Decides with what is in memory: for those who have just read the log, and so know that it is current. */
  readonly decisions: DecisionPoint;
  /** Makes sure first that memory is current. */
  readonly freshDecisions: DecisionPoint;
  readonly registry: ResourceRegistry;
  readonly register: Register;
  readonly catalogue: AccessCatalogue;
  /** The main unit's URN, when the subject is a sub-unit. Throws when it has to be asked for first. */
  mainUnitOf(subject: string | null): string | undefined;
  /** Asks for what `mainUnitOf` is about to be asked. */
  learnMainUnits(subjects: Iterable<string | null>): Promise<void> | void;
}

export interface AccessParts {
  readonly config: Config;
  readonly ground: Ground;
  readonly outgoing: Outgoing;
  readonly log: Log;
  readonly disposals: Disposals;
}

export function openAccess(parts: AccessParts): Access {
  const { altinnUrl, source } = parts.config.access;
  return source === 'altinn' && altinnUrl !== undefined ? fromAltinn(altinnUrl, parts) : fromTables(parts);
}

/** Milliseconds that registry and grants in memory may be old when nobody has read the log. */
const FRESH_MS = 250;

function fromTables({ ground: { access } }: AccessParts): Access {
  const decisions = createLocalDecisionPoint(access);
  return {
    decisions,
    freshDecisions: {
      decide: async (questions) => {
        await access.freshen(FRESH_MS);
        return decisions.decide(questions);
      },
    },
    registry: {
      resource: async (urn) => {
        await access.freshen(FRESH_MS);
        return access.resource(urn);
      },
    },
    register: access,
    catalogue: createLocalCatalogue(access, FRESH_MS),
    mainUnitOf: (subject) => (subject === null ? undefined : access.party(subject)?.mainUnit),
    learnMainUnits: () => undefined,
  };
}

function fromAltinn(baseUrl: string, parts: AccessParts): Access {
  const { config, outgoing, log, disposals } = parts;
  const { altinnTimeoutMs: timeoutMs, pdpMaxAgeMs, registryMaxAgeMs, registerMaxAgeMs } = config.access;
  const ended = new AbortController();
  disposals.defer(() => ended.abort());
  const send: Send = (request, limits) => outgoing.sender.send(request, limits);
  const { signal } = ended;
  const credentials = credentialsFor(baseUrl, config, { send, signal });
  const common = { baseUrl, send, credentials, timeoutMs, random: Math.random, signal, log };
  const service = (name: string) => new RemoteService(name, common);
  const now = monotonic;
  const register = new AltinnRegister({
    ...{ service: service('Altinn Register'), maxAge: registerMaxAgeMs, now },
  });
  const decisions = new AltinnDecisionPoint({
    ...{ service: service('Altinn Authorization'), register, maxAge: pdpMaxAgeMs, now },
  });
  const resources = service('Altinn Resource Registry');
  const registry = new AltinnRegistry({ service: resources, maxAge: registryMaxAgeMs, now });
  const catalogue = new AltinnCatalogue({
    // A registry of its own: whoever creates a dialog does not stand in line behind somebody's long list.
    registry: new AltinnRegistry({ service: resources, maxAge: registryMaxAgeMs, now }),
    ...{ policies: resources, accessManagement: service('Altinn Access Management'), now, log },
    maxAge: { policy: registryMaxAgeMs, parties: pdpMaxAgeMs },
  });
  return {
    ...{ decisions, freshDecisions: decisions, registry, register, catalogue },
    mainUnitOf: (subject) => register.mainUnitOf(subject),
    learnMainUnits: (subjects) => register.learnMainUnits(subjects),
  };
}

function credentialsFor(
  altinnUrl: string,
  { access }: Config,
  calling: { readonly send: Send; readonly signal: AbortSignal },
): Credentials {
  const { altinnSubscriptionKey: key, maskinporten: client, altinnTimeoutMs: timeoutMs } = access;
  if (client === undefined) return keyOnly(key);
  return new MaskinportenCredentials({ ...calling, client, altinnUrl, timeoutMs, headers: gatewayKey(key) });
}
