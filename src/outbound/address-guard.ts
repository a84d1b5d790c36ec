import { isIP } from 'node:net';
import { Failure, toError } from '../lib/errors.ts';
import { type AddressRules, type Network, parseNetwork, refusalOf } from './address.ts';

/**
 * The guard against being sent to addresses that only we can reach (server-side request forgery).
 *
 * It asks twice. `checkEndpoint` looks at a URL when it is registered, so that whoever made it learns what is wrong.
 * `checkAddress` looks at the address that is about to be dialled, at every connection: a name can resolve to anything
 * by then, and only this second look is the defence. The connector dials exactly the addresses that were looked at.
 */
export interface Guard {
  /** Why this URL must not be called, as a sentence about it; undefined when nothing in the text forbids it. */
  checkEndpoint(url: string): string | undefined;
  /** Why this IP address must not be dialled; undefined when it may. */
  checkAddress(address: string): string | undefined;
}

export interface GuardOptions {
  /** Loopback may be called, on any port: development. */
  readonly allowLoopback: boolean;
  /** One's own networks that may be called, in CIDR notation. */
  readonly allowedNetworks: readonly string[];
  /** `http:` as well as `https:`. */
  readonly allowHttp: boolean;
  /** The only ports that may be called. Left out: 80, 443 and from 1024 on, without those that browsers block. */
  readonly ports?: readonly number[];
}

/** The guard has refused an address: nothing was sent, and trying again changes nothing. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

const MAX_URL_LENGTH = 2048;
const HIGHEST_PRIVILEGED_PORT = 1023;

/** Ports above 1023 that speak something else than HTTP (Fetch, "port blocking"). */
const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
  10080,
]);

/** Top-level names that no public name server answers for (RFC 6762, RFC 8375, ICANN's private-use `internal`). */
const PRIVATE_NAME = /(^|\.)(local|localdomain|internal|home\.arpa)$/;
const LOOPBACK_NAME = /(^|\.)localhost$/;

/** Throws a `configuration` failure when a network cannot be read. */
export function createGuard(options: GuardOptions): Guard {
  const rules: AddressRules = {
    allowLoopback: options.allowLoopback,
    allowedNetworks: options.allowedNetworks.map(readNetwork),
  };
  return {
    checkEndpoint: (url) => checkEndpoint(url, options, rules),
    checkAddress: (address) => refusalOf(address, rules),
  };
}

function readNetwork(cidr: string): Network {
  try {
    return parseNetwork(cidr);
  } catch (thrown) {
    throw new Failure('configuration', {
      detail: `${cidr} is not a network in CIDR notation`,
      cause: toError(thrown),
    });
  }
}

function checkEndpoint(text: string, options: GuardOptions, rules: AddressRules): string | undefined {
  if (text.length > MAX_URL_LENGTH) return `The URL is longer than ${MAX_URL_LENGTH} characters.`;
  // The URL parser repairs these silently; what was registered would then not be what is called.
  if (/[\s\\\p{Cc}]/u.test(text)) return 'The URL contains a space, a control character or a backslash.';
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#]/i.test(text) || !URL.canParse(text))
    return 'The URL is not an absolute URL.';
  const url = new URL(text);
  return checkScheme(url, options) ?? checkPort(url, options, rules) ?? checkHost(url.hostname, rules);
}

function checkScheme(url: URL, options: GuardOptions): string | undefined {
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && options.allowHttp);
  if (!allowed) return `The URL must begin with https://${options.allowHttp ? ' or http://' : ''}.`;
  if (url.username || url.password) return 'The URL must not carry a user name or a password.';
  return undefined;
}

function checkPort(url: URL, options: GuardOptions, rules: AddressRules): string | undefined {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const allowed = options.ports?.includes(port) ?? (rules.allowLoopback ? port > 0 : isOrdinaryPort(port));
  return allowed ? undefined : `Port ${port} may not be called.`;
}

function isOrdinaryPort(port: number): boolean {
  return port === 80 || port === 443 || (port > HIGHEST_PRIVILEGED_PORT && !BLOCKED_PORTS.has(port));
}

/** The URL parser has already turned every notation of an IPv4 address into four decimal numbers. */
function checkHost(hostname: string, rules: AddressRules): string | undefined {
  const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  if (isIP(literal)) {
    const refusal = refusalOf(literal, rules);
    return refusal && `${literal} is ${refusal} and may not be called.`;
  }
  return isOpenName(hostname.replace(/\.$/, ''), rules) ? undefined : `${hostname} is not a public name.`;
}

/** A name without a dot, or under a private top-level name, can only mean one's own network. */
function isOpenName(name: string, rules: AddressRules): boolean {
  if (name.split('.').includes('')) return false;
  if (LOOPBACK_NAME.test(name)) return rules.allowLoopback;
  return rules.allowedNetworks.length > 0 || (name.includes('.') && !PRIVATE_NAME.test(name));
}
