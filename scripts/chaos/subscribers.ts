import { pause, wallClock } from '../../src/lib/time.ts';
import { until } from '../../test/support/until.ts';
import type { Random } from '../stress/random.ts';
import type { Answer, Asked, Who } from './api.ts';
import type { Fleet } from './fleet.ts';
import { GRANT, type RegistryFolder, RESOURCE } from './registry.ts';
import type { ServerProcess } from './server-process.ts';

export const OWNER: Who = {
  kind: 'GetEnterpriseToken',
  query: {
    ...{ org: 'ttd', orgNo: '991825827' },
    scopes:
      'digdir:dialogporten.serviceprovider altinn:serviceowner altinn:events.subscribe altinn:events.publish altinn:events.publish.admin budstikka:admin',
  },
};
/** May know about the granted party as long as the grant stands. */
export const GRANTEE: Who = {
  kind: 'GetPersonalToken',
  query: { pid: '12855515545', scopes: 'digdir:dialogporten altinn:events.subscribe' },
};

/** When something was asked for, and when somebody said that it is so. */
export interface Interval {
  readonly asked: number;
  readonly answered: number;
}

const SUBSCRIPTIONS = '/events/api/v1/subscriptions';
const GRANTS = '/budstikka/api/v1/admin/grants';
const AGAIN = 50;
/**
 * An end that was asked for before, and whose answer was lost, may still be waiting for the processes that did not
 * answer: only its own answer promises that nothing begins any more.
 */
const QUIET = 400;
const PATIENCE = 120_000;

export interface SubscribersOptions {
  readonly fleet: Fleet;
  readonly registry: RegistryFolder;
  readonly random: Random;
}

/** Whoever subscribes, ends subscriptions, and gives and takes rights: over HTTP, at any process that answers. */
export class Subscribers {
  readonly #options: SubscribersOptions;
  /** Processes that have not answered something: they may carry it out when they go on. */
  readonly #silent = new Set<ServerProcess>();

  constructor(options: SubscribersOptions) {
    this.#options = options;
  }

  /** Subscribes and waits until the endpoint has been validated; gives the id. */
  async subscribe(
    endPoint: string,
    filter: Readonly<Record<string, string>> = {},
    who = OWNER,
  ): Promise<number> {
    const made = await this.#insist(who, {
      ...{ method: 'POST', path: SUBSCRIPTIONS },
      body: { endPoint, resourceFilter: RESOURCE, ...filter },
    });
    const { id } = made.body as { id: number };
    const read: Asked = { method: 'GET', path: `${SUBSCRIPTIONS}/${id}` };
    await until(
      `the endpoint of subscription ${id} is validated`,
      async () => ((await this.#insist(who, read)).body as { validated: boolean }).validated,
      { timeout: PATIENCE },
    );
    return id;
  }

  end(subscription: number): Promise<Interval> {
    return this.#timed({ method: 'DELETE', path: `${SUBSCRIPTIONS}/${subscription}` });
  }

  pause(subscription: number): Promise<Interval> {
    return this.#timed({ method: 'POST', path: `${SUBSCRIPTIONS}/${subscription}/pause` });
  }

  async resume(subscription: number): Promise<Interval> {
    await this.#allHaveAnswered();
    return this.#timed({ method: 'POST', path: `${SUBSCRIPTIONS}/${subscription}/resume` });
  }

  async grant(): Promise<Interval> {
    await this.#allHaveAnswered();
    await this.#options.registry.hold(true);
    return this.#timed({ method: 'PUT', path: GRANTS, body: GRANT });
  }

  async revoke(): Promise<Interval> {
    const asked = wallClock();
    await this.#options.registry.hold(false);
    const { to, party } = GRANT;
    const query = new URLSearchParams({ to, party }).toString();
    const { answered } = await this.#timed({ method: 'DELETE', path: `${GRANTS}?${query}` });
    return { asked, answered };
  }

  /** A pause or a revocation that was asked for twice must not come after what undoes it. */
  async #allHaveAnswered(): Promise<void> {
    for (const process of this.#silent) await process.started();
    if (this.#silent.size > 0) await pause(QUIET);
    this.#silent.clear();
  }

  async #timed(asked: Asked): Promise<Interval> {
    const from = wallClock();
    await this.#insist(OWNER, asked);
    return { asked: from, answered: wallClock() };
  }

  /** Asks one process after another until one says yes, or that there is nothing to end any more. */
  async #insist(who: Who, asked: Asked): Promise<Answer> {
    const { fleet, random } = this.#options;
    let last: unknown;
    for (const deadline = wallClock() + PATIENCE; wallClock() < deadline; await pause(AGAIN)) {
      const process = fleet.pick(random);
      const answer = await process?.api.ask(who, asked).catch((thrown: unknown) => {
        this.#silent.add(process);
        last = thrown;
      });
      if (!answer) continue;
      if (answer.status < 300) return answer;
      if (asked.method === 'DELETE' && answer.status === 404) {
        await pause(QUIET);
        return answer;
      }
      last = answer;
    }
    throw new Error(`${asked.method} ${asked.path} was refused: ${JSON.stringify(last)}`, { cause: last });
  }
}
