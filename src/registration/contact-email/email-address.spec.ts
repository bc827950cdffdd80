import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMailDomain } from './email-address.js';

describe('the domain of an e-mail address', () => {
  it.each([
    ['server-admin@zulip.com', 'zulip.com'],
    ['first.last+tag@Mail.Example.ORG', 'mail.example.org'],
    ["o'neil!#$%&*/=?^_`{}|~@zulip.com", 'zulip.com'],
    ['"with space"@zulip.com', undefined],
    ['"quoted@sign\\ and\\"quote"@zulip.com', 'zulip.com'],
    ['""@zulip.com', 'zulip.com'],
    ['admin@münchen.de', 'xn--mnchen-3ya.de'],
    ['admin@пример.испытание', 'xn--e1afmkfd.xn--80akhbyknj4f'],
    ['admin@xn--mnchen-3ya.de', 'xn--mnchen-3ya.de'],
    [`a@${'b'.repeat(63)}.com`, `${'b'.repeat(63)}.com`],
  ])('in %s is %s', (address, name) => {
    expect(parseMailDomain(address)?.name).toBe(name);
  });

  it('is kept as it was written for messages', () => {
    expect(parseMailDomain('admin@MÜNCHEN.de')).toEqual({ written: 'MÜNCHEN.de', name: 'xn--mnchen-3ya.de' });
  });

  it.each(['admin@[192.0.2.1]', 'admin@[2001:db8::1]'])('has no name in %s', (address) => {
    expect(parseMailDomain(address)).toEqual({ written: address.slice(6) });
  });

  it('may fill an address of 254 characters and not one more', () => {
    const domain = `${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.com`;
    const longest = `${'a'.repeat(254 - 1 - domain.length)}@${domain}`;
    expect(parseMailDomain(longest)?.name).toBe(domain);
    expect(parseMailDomain(`a${longest}`)).toBeUndefined();
  });

  it.each([
    ['nothing at all', ''],
    ['a bare word', 'server-admin'],
    ['only a sign', '@'],
    ['no local part', '@zulip.com'],
    ['no domain', 'admin@'],
    ['two signs', 'a@b@zulip.com'],
    ['a domain without a dot', 'admin@zulip'],
    ['localhost', 'admin@localhost'],
    ['a final dot', 'admin@zulip.com.'],
    ['an empty label', 'admin@zulip..com'],
    ['a label that ends with a hyphen', 'admin@zulip-.com'],
    ['a label that starts with a hyphen', 'admin@-zulip.com'],
    ['an underscore in the domain', 'admin@zu_lip.com'],
    ['a one-letter top-level domain', 'admin@zulip.c'],
    ['a bare IPv4 address', 'admin@192.0.2.1'],
    ['a broken IP address in brackets', 'admin@[192.0.2.256]'],
    ['a name in brackets', 'admin@[zulip.com]'],
    ['a label of 64 characters', `admin@${'b'.repeat(64)}.com`],
    ['a leading dot', '.admin@zulip.com'],
    ['a trailing dot in the local part', 'admin.@zulip.com'],
    ['two dots in a row', 'ad..min@zulip.com'],
    ['a space', 'ad min@zulip.com'],
    ['a surrounding space', ' admin@zulip.com '],
    ['a trailing line end', 'admin@zulip.com\n'],
    ['a header smuggled in', 'admin@zulip.com\r\nBcc: other@zulip.com'],
    ['a control character in quotes', '"a\u0007b"@zulip.com'],
    ['a line end in quotes', '"a\r\nb"@zulip.com'],
    ['an open quote', '"admin@zulip.com'],
    ['a name with the address', 'Admin <admin@zulip.com>'],
    ['a list', 'a@zulip.com,b@zulip.com'],
    ['another script in the local part', 'админ@zulip.com'],
    ['a path behind the domain', 'admin@zulip.com/path'],
    ['a path behind a domain of another script', 'admin@münchen.de/path'],
    ['a port behind a domain of another script', 'admin@münchen.de:25'],
    ['percent encoding in a domain of another script', 'admin@m%61ü.de'],
    ['an invisible character in the domain', 'admin@zul\u00adip.com'],
    ['a direction override in the domain', 'admin@zul\u202eip.com'],
  ])('is not found where there is %s', (_what, address) => {
    expect(parseMailDomain(address)).toBeUndefined();
  });

  it('is found or not for any text whatever, without an exception', () => {
    const part = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(part, part, (local, domain) => {
        const found = parseMailDomain(`${local}@${domain}`);
        if (found?.name !== undefined) expect(found.name).toMatch(/^[0-9a-z.-]+$/);
      }),
    );
  });
});
