import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHuffman } from './huffman.js';
import { ConnectionError } from './protocol.js';

function decode(hex: string): string {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return decodeHuffman(bytes, 0, bytes.length);
}

describe('decodeHuffman', () => {
  it.each([
    ['f1e3 c2e5 f23a 6ba0 ab90 f4ff', 'www.example.com'],
    ['a8eb 1064 9cbf', 'no-cache'],
    ['25a8 49e9 5ba9 7d7f', 'custom-key'],
    ['25a8 49e9 5bb8 e8b4 bf', 'custom-value'],
    ['d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['9d29 ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3', 'https://www.example.com'],
    ['6402', '302'],
    ['', ''],
  ])('reads %s as RFC 7541, appendix C does', (hex, text) => {
    expect(decode(hex)).toBe(text);
  });

  it.each([
    ['padding of a whole octet', 'f1e3 c2e5 f23a 6ba0 ab90 f4ff ff'],
    ['padding with zeros', '18'],
    ['the end-of-string symbol', 'ffff fffc'],
    ['a code that is cut short', 'ffff ff'],
  ])('refuses %s', (_what, hex) => {
    expect(() => decode(hex)).toThrow(ConnectionError);
  });

  it('takes any bytes for a string or for a broken one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          expect(typeof decodeHuffman(bytes, 0, bytes.length)).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(ConnectionError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
