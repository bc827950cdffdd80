import { isIP } from 'node:net';
import { asciiDomainName } from '../hostname.js';

/** The longest address that fits a mail path (RFC 5321, 4.5.3.1.3). */
const MAX_ADDRESS_LENGTH = 254;

/** The longest domain in the form that goes over the wire (RFC 1035, 2.3.4). */
const MAX_DOMAIN_LENGTH = 253;

/** Words between single dots (RFC 5322, 3.2.3). */
const DOT_ATOM = /^[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+(?:\.[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+)*$/;

/**
 * A quoted local part (RFC 5322, 3.2.4) without control characters: the obsolete grammar has them, but nobody owns such an
 * address, and they could break a header line.
 */
const QUOTED = /^"(?:[!#-[\]-~]|\\[ -~])*"$/;

/** Two labels or more (RFC 1123, 2.1), the last one of two characters at least. */
const DOMAIN = /^(?:(?!-)[0-9A-Za-z-]{1,63}(?<!-)\.)+(?!-)[0-9A-Za-z-]{2,63}(?<!-)$/;

/** The domain of a well-formed e-mail address. */
export interface MailDomain {
  /** As it was written, for messages. */
  readonly written: string;
  /** As DNS knows it: punycode, lower case. Absent for an IP address in brackets, which has no name. */
  readonly name?: string;
}

/**
 * Takes an e-mail address apart, by the rules that Django's e-mail validator has (a local part in ASCII, a domain of any
 * script with at least one dot, or an IP address in brackets).
 *
 * @returns its domain, or undefined where it is not an e-mail address
 */
export function parseMailDomain(address: string): MailDomain | undefined {
  const at = address.lastIndexOf('@');
  if (at < 1 || address.length > MAX_ADDRESS_LENGTH) return undefined;
  const local = address.slice(0, at);
  if (!DOT_ATOM.test(local) && !QUOTED.test(local)) return undefined;

  const written = address.slice(at + 1);
  const literal = /^\[([0-9A-Fa-f:.]+)\]$/.exec(written)?.[1];
  if (literal !== undefined) return isIP(literal) === 0 ? undefined : { written };

  const name = asciiDomainName(written)?.toLowerCase();
  if (name === undefined || name.length > MAX_DOMAIN_LENGTH || !DOMAIN.test(name)) return undefined;
  return { written, name };
}
