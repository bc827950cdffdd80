import { Injectable } from '@nestjs/common';
import { isDisposableDomain } from './disposable-domain.js';
import { parseMailDomain } from './email-address.js';
import { MailDomainLookup } from './mail-domain-lookup.js';

/** Why an address cannot be taken. */
export type EmailProblem =
  /** The address is at fault; `reason` is a sentence for the person who gave it. */
  | { readonly kind: 'invalid'; readonly reason: string }
  /** DNS gave no answer: nothing is known about the address, and the same request may succeed later (a case for 503). */
  | { readonly kind: 'resolver-unavailable' };

/**
 * Checks the administrator's address that a server registers with: is it written like one, is its provider a lasting one,
 * can its domain receive mail. It never sends anything, and never logs or keeps the address.
 */
@Injectable()
export class ContactEmailCheck {
  constructor(private readonly domains: MailDomainLookup) {}

  /** The first problem found, or undefined where there is none. Takes three seconds at most; never throws. */
  async check(address: string): Promise<EmailProblem | undefined> {
    const domain = parseMailDomain(address);
    if (domain === undefined) return invalid('Enter a valid email address.');
    // An address in brackets has no MX record by its nature, so DNS need not be asked.
    if (domain.name === undefined) return invalid(`${domain.written} does not exist`);
    if (isDisposableDomain(domain.name)) return invalid('Please use your real email address.');
    if (domain.name === 'example.com') return invalid('example.com is not a valid email domain.');

    switch (await this.domains.state(domain.name)) {
      case 'takes-mail':
        return undefined;
      case 'no-mx':
        return invalid(`${domain.written} is invalid because it does not have any MX records`);
      case 'absent':
        return invalid(`${domain.written} does not exist`);
      case 'resolver-unavailable':
        return { kind: 'resolver-unavailable' };
    }
  }
}

function invalid(reason: string): EmailProblem {
  return { kind: 'invalid', reason };
}
