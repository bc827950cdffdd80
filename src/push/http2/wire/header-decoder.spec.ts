import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaderDecoder } from './header-decoder.js';
import { ConnectionError } from './protocol.js';

function decode(decoder: HeaderDecoder, hex: string): string[] {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return decoder.decode(bytes, 0, bytes.length).map((field) => field.join(': '));
}

const DATE = 'Mon, 21 Oct 2013 20:13:21 GMT';
const COOKIE = 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1';

describe('HeaderDecoder', () => {
  it('reads the answers of RFC 7541, appendix C.5, with a table that is too small for all', () => {
    const decoder = new HeaderDecoder();
    // 3fe101: the table holds 256 octets from here on.
    const first = decode(
      decoder,
      `3fe1 0148 0333 3032 5807 7072 6976 6174 651d ${Buffer.from(DATE).toString('hex')}`.replace('1d ', '611d ') +
        `6e17 ${Buffer.from('https://www.example.com').toString('hex')}`,
    );
    expect(first).toEqual([
      ':status: 302',
      'cache-control: private',
      `date: ${DATE}`,
      'location: https://www.example.com',
    ]);
    expect(decode(decoder, '4803 3330 37c1 c0bf')).toEqual([
      ':status: 307',
      'cache-control: private',
      `date: ${DATE}`,
      'location: https://www.example.com',
    ]);
    const later = DATE.replace(':21 ', ':22 ');
    const third = decode(
      decoder,
      `88c1 611d ${Buffer.from(later).toString('hex')} c05a 0467 7a69 7077 38 ${Buffer.from(COOKIE).toString('hex')}`,
    );
    expect(third).toEqual([
      ':status: 200',
      'cache-control: private',
      `date: ${later}`,
      'location: https://www.example.com',
      'content-encoding: gzip',
      `set-cookie: ${COOKIE}`,
    ]);
  });

  it('keeps nothing of a literal that is not to be indexed, and forgets all for one that is too large', () => {
    const decoder = new HeaderDecoder();
    expect(decode(decoder, '0001 6101 62 1001 6101 62 4001 6301 64')).toEqual(['a: b', 'a: b', 'c: d']);
    expect(decode(decoder, 'be')).toEqual(['c: d']);
    expect(decode(decoder, `4001 61 7f81 1f ${'62'.repeat(4096)}`)).toEqual([`a: ${'b'.repeat(4096)}`]);
    expect(() => decode(decoder, 'be')).toThrow(ConnectionError);
  });

  it.each([
    ['index 0', '80'],
    ['an index beyond the tables', 'be'],
    ['a string that is cut short', '0005 6161'],
    ['an integer that is cut short', '7fff'],
    ['an integer without end', `7f${'ff'.repeat(40)}`],
    ['a table larger than agreed', '3fe2 1f'],
    ['a change of the table after a field', '8820'],
    ['a name without a value', '0001 61'],
  ])('refuses %s', (_what, hex) => {
    expect(() => decode(new HeaderDecoder(), hex)).toThrow(new ConnectionError('COMPRESSION_ERROR'));
  });

  it('refuses a block that unpacks to far more than it is', () => {
    const value = `7fa1 1e ${'61'.repeat(4000)}`;
    const bomb = `4001 61 ${value} ${'be'.repeat(20)}`;
    expect(() => decode(new HeaderDecoder(), bomb)).toThrow(new ConnectionError('ENHANCE_YOUR_CALM'));
  });

  it('takes any bytes for fields or for a broken block', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), (blocks) => {
        const decoder = new HeaderDecoder();
        try {
          for (const block of blocks) decoder.decode(Buffer.from(block), 0, block.length);
        } catch (error) {
          expect(error).toBeInstanceOf(ConnectionError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
