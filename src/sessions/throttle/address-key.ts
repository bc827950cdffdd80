import ipaddr from 'ipaddr.js';

/** The bits of an IPv6 address that one customer of a provider has (RFC 6177); the rest they choose as they like. */
const NETWORK_BYTES = 8;

/** By what requests of one sender are counted together: an IPv4 address, or the network of an IPv6 one. */
export function addressKey(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return `${ipaddr.fromByteArray([...address.toByteArray().slice(0, NETWORK_BYTES), ...Array<number>(8).fill(0)])}/64`;
}
