import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The well-known prefix of NAT64 (RFC 6052): the last 32 bits are the IPv4 address that is reached. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** What has been assigned for the public IPv6 internet (RFC 4291, 2.4). */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Which addresses the service calls: public ones, and those that the settings name. Everything else (loopback, private, link-local,
 * shared, reserved, multicast, whatever the IANA special-purpose registries list) is refused, since a registered host
 * name may lead anywhere.
 */
export class AddressRules {
  private readonly hosts: ReadonlySet<string>;
  private readonly ranges: readonly [Address, number][];

  /** @param allowed host names (with or without port), addresses and CIDR ranges that are called although they are private */
  constructor(allowed: readonly string[]) {
    this.ranges = allowed.flatMap((entry) => rangeOf(entry) ?? []);
    this.hosts = new Set(allowed.filter((entry) => !rangeOf(entry)).map((entry) => entry.toLowerCase()));
  }

  /** Whether a host, by the name and port of a URL, may be called at any address it has. */
  allowsHost(url: URL): boolean {
    return this.hosts.has(url.hostname) || this.hosts.has(`${url.hostname}:${url.port || '443'}`);
  }

  /** Whether this address may be called. */
  allowsAddress(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    // An IPv4 address in IPv6 clothing is the IPv4 address.
    const address = ipaddr.process(text);
    return isPublic(address) || this.ranges.some((range) => isWithin(address, range));
  }
}

function isPublic(address: Address): boolean {
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast';
  if (address.match(NAT64)) return isPublic(new ipaddr.IPv4(address.toByteArray().slice(12)));
  return address.range() === 'unicast' && address.match(GLOBAL_IPV6);
}

function isWithin(address: Address, [start, length]: [Address, number]): boolean {
  return address.kind() === start.kind() && address.match(start, length);
}

/** An entry as a range; a lone address is a range of one. Undefined for a host name. */
function rangeOf(entry: string): [[Address, number]] | undefined {
  const text = entry.replace(/^\[(.*)\]$/, '$1');
  if (ipaddr.isValidCIDR(text)) return [ipaddr.parseCIDR(text) as [Address, number]];
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.process(text);
  return [[address, address.kind() === 'ipv4' ? 32 : 128]];
}
