import { promises as dns } from 'node:dns';

/** The addresses of a host name, in the order in which to try them. Rejects when there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface ResolverOptions {
  /** Milliseconds to wait for one name server's answer. */
  readonly timeout: number;
  readonly tries: number;
  /** Name servers as `address:port`; the system's unless given. */
  readonly servers?: readonly string[];
  /** Asked for names that the name servers do not know; the operating system unless given. */
  readonly fallback?: Resolve;
}

/** Codes that mean "DNS has nothing", as opposed to "DNS does not answer". */
const UNKNOWN_NAME: ReadonlySet<unknown> = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED']);

/**
 * Looks names up without occupying a thread. getaddrinfo runs on libuv's four threads, where a handful of names whose
 * servers do not answer would hold up every other lookup, and file access with it. It is asked only for names that DNS
 * does not have (hosts file, search domains), which is quick. Nothing is remembered: every connection asks anew, and
 * only those that ask at the same moment share an answer.
 */
export class Resolver implements Disposable {
  readonly #dns: dns.Resolver;
  readonly #fallback: Resolve;
  readonly #underWay = new Map<string, Promise<readonly string[]>>();

  constructor(options: ResolverOptions) {
    this.#dns = new dns.Resolver({ timeout: options.timeout, tries: options.tries });
    if (options.servers) this.#dns.setServers(options.servers);
    this.#fallback = options.fallback ?? askSystem;
  }

  readonly resolve: Resolve = (hostname) => {
    // RFC 6761 §6.3: these names are loopback and are not asked for.
    if (/(^|\.)localhost\.?$/.test(hostname)) return Promise.resolve(['127.0.0.1', '::1']);
    const asked = this.#underWay.get(hostname);
    if (asked) return asked;
    const answer = this.#ask(hostname).finally(() => this.#underWay.delete(hostname));
    this.#underWay.set(hostname, answer);
    return answer;
  };

  /** IPv4 first: a host without an IPv6 route would otherwise lose a quarter of a second per connection. */
  async #ask(hostname: string): Promise<readonly string[]> {
    const answers = await Promise.allSettled([this.#dns.resolve4(hostname), this.#dns.resolve6(hostname)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    const unanswered = failures.find((failure) => !UNKNOWN_NAME.has(failure?.code));
    if (unanswered !== undefined) throw unanswered;
    return this.#fallback(hostname);
  }

  /** Ends the lookups that are under way; they reject. */
  [Symbol.dispose](): void {
    this.#dns.cancel();
  }
}

async function askSystem(hostname: string): Promise<readonly string[]> {
  const found = await dns.lookup(hostname, { all: true, order: 'ipv4first' });
  return found.map(({ address }) => address);
}
