import ipaddr from 'ipaddr.js';

export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

export interface AddressRules {
  /** Whether 127.0.0.0/8 and ::1 may be called. */
  readonly allowLoopback: boolean;
  /** One's own networks, which may be called although they are not public. */
  readonly allowedNetworks: readonly Network[];
}

/** Of IPv6, only this block has ever been given out to be reached by everyone (RFC 4291 §2.4). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Ranges whose addresses carry another address inside. No rule opens them: behind one stands an address that the rules
 * never saw.
 */
const CARRIERS: ReadonlySet<string> = new Set(['ipv4Mapped', 'rfc6145', 'rfc6052', '6to4', 'teredo']);

/**
 * Where cloud platforms hand out credentials to whoever asks from inside. Closed even within an allowed network, since
 * allowing one's own 10.0.0.0/8 or fd00::/8 never means these. 168.63.129.16 is Azure's and looks public.
 */
const METADATA: ReadonlySet<string> = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
]);

const NAMES: Readonly<Record<string, string>> = {
  unspecified: 'an unspecified address',
  broadcast: 'the broadcast address',
  multicast: 'a multicast address',
  linkLocal: 'a link-local address',
  loopback: 'a loopback address',
  carrierGradeNat: 'an address of a carrier network',
  private: 'a private address',
  uniqueLocal: 'a private address',
};

/** A network in CIDR notation; throws when it is not one. */
export function parseNetwork(cidr: string): Network {
  return ipaddr.parseCIDR(cidr);
}

/**
 * Why this address must not be called; undefined when it may. Only public unicast addresses pass, as the special-purpose
 * registries of IANA (RFC 6890) leave them, and what the rules open.
 */
export function refusalOf(text: string, rules: AddressRules): string | undefined {
  if (!ipaddr.isValid(text)) return 'not an IP address';
  const address = ipaddr.parse(text);
  const range: string = address.range();
  if (address instanceof ipaddr.IPv6 && address.zoneId !== undefined) return 'an address with a zone';
  if (CARRIERS.has(range)) return 'an address that stands for another one';
  if (METADATA.has(canonical(address))) return "a platform's metadata address";
  if (rules.allowedNetworks.some((network) => within(address, network))) return undefined;
  if (range === 'loopback' && rules.allowLoopback) return undefined;
  return isPublic(address, range) ? undefined : (NAMES[range] ?? 'a reserved address');
}

function canonical(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

function within(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6, range: string): boolean {
  return range === 'unicast' && (address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST));
}
