import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/** The longest name that DNS can carry, in its textual form without the final dot (RFC 1035, 2.3.4). */
const MAX_NAME_LENGTH = 253;

/** Letters, digits and inner hyphens, 63 at most (RFC 1035, 2.3.1; RFC 1123, 2.1). */
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i;

/** A top-level domain has no digits unless it is the encoded form of another script (RFC 3696, 2). */
const TOP_LEVEL = /^(?:[a-z-]{2,63}|xn--[a-z0-9-]{1,59})$/i;

/** Characters nobody sees. The joiners are spared, for some scripts need them; whether rightly is for the encoder to say. */
const UNSEEN = /[\s\p{Z}\p{Cc}\p{Cs}\p{Co}]|(?![\u200c\u200d])\p{Cf}/u;

/**
 * Checks the host name that a server registers under: a DNS name of at least two labels (any script), an IPv4 address or an
 * IPv6 address in brackets, each with an optional port. Credentials, white space, control characters and single labels,
 * `localhost` included, are refused. Never throws.
 *
 * @returns the text of the refusal, or undefined where the host name is good
 */
export function checkHostname(host: string): string | undefined {
  if (/[/?#]/.test(host)) return `${host} contains invalid components (e.g., path, query, fragment).`;
  return isAuthority(host) ? undefined : `${host} is not a valid hostname`;
}

/**
 * The form of a DNS name that goes over the wire: other scripts become punycode (RFC 5891, UTS 46), plain names stay as they
 * are. A result is not yet a valid name; its labels are still to be checked.
 *
 * @returns undefined where the name has characters that no domain name may have
 */
export function asciiDomainName(name: string): string | undefined {
  if (/^[!-~]*$/.test(name)) return name;
  // Node reads its argument as a URL's host: it would decode `%41` and cut `/path` off where we want a refusal.
  if (UNSEEN.test(name) || /[!-,/:-@[-`{-~]/.test(name)) return undefined;
  return domainToASCII(name) || undefined;
}

function isAuthority(host: string): boolean {
  // The class has everything that would make one part look like another: credentials, a second port, a stray bracket.
  const [, bracketed, name, port] = /^(?:\[([^\]]*)\]|([^:@[\]\\]+))(?::([0-9]{1,5}))?$/.exec(host) ?? [];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  // Zone identifiers mean something on one machine only, so an address with one (`%eth0`) is no host of a public server.
  if (bracketed !== undefined) return isIPv6(bracketed) && !bracketed.includes('%');
  return name !== undefined && (isIPv4(name) || isDomainName(name));
}

function isDomainName(name: string): boolean {
  // One final dot is legal: it says that the name is complete.
  const ascii = asciiDomainName(name)?.replace(/\.$/, '');
  if (ascii === undefined || ascii.length > MAX_NAME_LENGTH) return false;
  const labels = ascii.split('.');
  return labels.length > 1 && labels.every((label) => LABEL.test(label)) && TOP_LEVEL.test(labels.at(-1) ?? '');
}
