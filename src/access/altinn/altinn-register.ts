import { ORGANIZATION, PARTY_ID, PARTY_UUID, partyAttribute } from '../party-identifiers.ts';
import { Failure } from '../../lib/errors.ts';
import type { PartyRecord, Register } from '../ports.ts';
import { Lookup } from './lookup.ts';
import { readParties, registerUrn } from './register-parties.ts';
import type { RemoteService } from './remote-service.ts';

export interface AltinnRegisterOptions {
  /** Altinn Register. */
  readonly service: RemoteService;
  /** Milliseconds that an entry may be used for; 0 asks every time. */
  readonly maxAge: number;
  readonly now: () => number;
}

const PARTIES = '/register/api/v2/internal/parties';
const QUERY = `${PARTIES}/query?fields=identifiers,display-name,person.date-of-birth,user.id`;
const MAIN_UNITS = `${PARTIES}/main-units?fields=identifiers,display-name`;
/** What the register takes in one query. */
const BATCH_MOST = 100;
const REQUESTS_MOST = 8;
/** Milliseconds after which one asks again for somebody who was not there. */
const MISSING_MAX_AGE = 5000;
/** Milliseconds that a main unit is known for at least: whoever matches a row looks at what was learnt before. */
const LEARNT_FOR = 5000;

/** Parties of Altinn Register. A main unit is looked up apart, when somebody asks for it. */
export class AltinnRegister implements Register {
  readonly #parties: Lookup<string, PartyRecord | undefined>;
  readonly #mainUnits: Lookup<string, string | undefined>;

  constructor({ service, maxAge, now }: AltinnRegisterOptions) {
    const common = { requestsMost: REQUESTS_MOST, now, joinsSent: maxAge > 0, keyOf: (urn: string) => urn };
    this.#parties = new Lookup({
      ...{ ...common, batchMost: BATCH_MOST },
      lifetimeOf: (party) => (party ? maxAge : Math.min(maxAge, MISSING_MAX_AGE)),
      ask: (urns) =>
        service.ask({ path: QUERY, body: { data: urns } }, (json) => {
          const found = readParties(json).flatMap(({ record, urns: own }) =>
            own.map((urn) => [urn, record] as const),
          );
          const byUrn = new Map(found);
          return new Map(urns.map((urn) => [urn, byUrn.get(urn)]));
        }),
    });
    this.#mainUnits = new Lookup({
      ...{ ...common, batchMost: 1, lifetimeOf: () => Math.max(maxAge, LEARNT_FOR) },
      ask: async ([urn = '']) => {
        const units = await service.ask({ path: MAIN_UNITS, body: { data: urn } }, readParties);
        return new Map([[urn, units[0]?.record.urn]]);
      },
    });
  }

  /** @throws Failure `decision-unavailable` */
  async party(identifier: string): Promise<PartyRecord | undefined> {
    const urn = registerUrn(identifier);
    return urn === undefined ? undefined : (await this.#parties.find(urn)).answer;
  }

  /**
   * Makes the main units of all these known, to be looked at in the same turn of the event loop.
   *
   * @throws Failure `decision-unavailable`
   */
  async learnMainUnits(subjects: Iterable<string | null>): Promise<void> {
    const urns = [...new Set(subjects)].map(unitOf).filter((urn) => urn !== undefined);
    await Promise.all(urns.map((urn) => this.#mainUnits.find(urn)));
  }

  /**
   * URN of the main unit, when the subject is a sub-unit.
   *
   * @throws Failure `decision-unavailable` when it has not been learnt; it is asked for then
   */
  mainUnitOf(subject: string | null): string | undefined {
    const urn = unitOf(subject);
    if (urn === undefined) return undefined;
    const known = this.#mainUnits.recall(urn);
    if (known) return known.answer;
    this.#mainUnits.find(urn).catch(() => undefined);
    throw new Failure('decision-unavailable', { detail: 'A main unit is not known yet.', retryAfter: 1 });
  }
}

/** Whatever may be an organisation, as the register is asked for it. */
function unitOf(subject: string | null): string | undefined {
  const [id = ''] = partyAttribute(subject?.toLowerCase() ?? '') ?? [];
  return subject !== null && UNITS.has(id) ? registerUrn(subject) : undefined;
}

const UNITS: ReadonlySet<string> = new Set([ORGANIZATION, PARTY_ID, PARTY_UUID]);
