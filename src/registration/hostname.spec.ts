import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHostname } from './hostname.js';

const label63 = 'a'.repeat(63);

describe('the host name of a registration', () => {
  it.each([
    'example.com',
    'zulip.example.com',
    'CHAT.Example.COM',
    'example.com:8443',
    'example.com:65535',
    'example.com.',
    'a-b--c.example.org',
    '3com.example.org',
    `${label63}.com`,
    `${label63}.${label63}.${label63}.${'a'.repeat(57)}.com`,
    'zulip.xn--p1ai',
    'xn--mnchen-3ya.de',
    'münchen.de',
    'пример.испытание:9991',
    '例え。テスト',
    'نامه\u200cای.com',
    '192.0.2.1',
    '192.0.2.1:9991',
    '[2001:db8::1]',
    '[2001:DB8::1]:9991',
    '[::ffff:192.0.2.1]',
  ])('accepts %s', (host) => {
    expect(checkHostname(host)).toBeUndefined();
  });

  it.each([
    'example.com/path',
    'example.com/',
    'example.com?query',
    'example.com?',
    'example.com#fragment',
    'https://example.com',
    'invalid-host/path',
    '//example.com',
  ])('says that %s has more than a host', (host) => {
    expect(checkHostname(host)).toBe(`${host} contains invalid components (e.g., path, query, fragment).`);
  });

  it.each([
    ['nothing at all', ''],
    ['a bare label', 'invalid-host'],
    ['localhost', 'localhost'],
    ['localhost with a port', 'localhost:9991'],
    ['only a dot', '.'],
    ['an empty first label', '.example.com'],
    ['an empty inner label', 'example..com'],
    ['two final dots', 'example.com..'],
    ['a bare label with a final dot', 'example.'],
    ['a label that starts with a hyphen', '-a.example.com'],
    ['a label that ends with a hyphen', 'a-.example.com'],
    ['a top-level domain that starts with a hyphen', 'example.-com'],
    ['a label of 64 characters', `${label63}a.com`],
    ['a name of 254 characters', `${label63}.${label63}.${label63}.${'a'.repeat(58)}.com`],
    ['a label that grows too long when encoded', `${'ä'.repeat(62)}.com`],
    ['an underscore', 'a_b.example.com'],
    ['a numeric top-level domain', 'example.123'],
    ['a top-level domain of one letter', 'example.c'],
    ['an IPv4 address with a part out of range', '256.0.2.1'],
    ['an IPv4 address with a leading zero', '192.0.02.1'],
    ['a short IPv4 address', '192.0.1'],
    ['an IPv6 address without brackets', '2001:db8::1'],
    ['a broken IPv6 address', '[2001:db8:::1]'],
    ['an IPv6 address with a zone', '[fe80::1%eth0]'],
    ['a name in brackets', '[example.com]'],
    ['an open bracket', '[2001:db8::1'],
    ['a user', 'user@example.com'],
    ['a user and password', 'user:secret@example.com'],
    ['an empty port', 'example.com:'],
    ['a port in letters', 'example.com:http'],
    ['port zero', 'example.com:0'],
    ['a port out of range', 'example.com:65536'],
    ['a port of six digits', 'example.com:123456'],
    ['two ports', 'example.com:80:80'],
    ['a leading space', ' example.com'],
    ['a trailing space', 'example.com '],
    ['an inner space', 'exam ple.com'],
    ['a tab', 'exam\tple.com'],
    ['a line end', 'example.com\n'],
    ['a NUL', 'example.com\0'],
    ['an ideographic space', 'exam\u3000ple.com'],
    ['a right-to-left override', 'exam\u202eple.com'],
    ['a soft hyphen', 'exam\u00adple.com'],
    ['half a surrogate pair', 'exam\ud800ple.com'],
    ['a slash of another script', 'example.com\uff0fpath'],
    ['a backslash', 'example.com\\path'],
    ['percent encoding', 'ex%61mple.com'],
    ['percent encoding in another script', 'm%61nchen.ü.de'],
    ['an underscore in another script', 'ü_b.example.com'],
    ['an IPv4 address in wide digits', '\uff11\uff12\uff17.0.0.1'],
    ['a wildcard', '*.example.com'],
  ])('refuses %s', (_what, host) => {
    expect(checkHostname(host)).toBe(`${host} is not a valid hostname`);
  });

  it('answers for any text whatever, and lets no separator through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 128 }), (host) => {
        const refusal = checkHostname(host);
        if (refusal === undefined) expect(host).not.toMatch(/[\s/?#@\\\p{Cc}]/u);
        else expect(refusal.startsWith(host)).toBe(true);
      }),
    );
  });
});
