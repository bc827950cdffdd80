import { ConnectionError } from './protocol.js';

/**
 * Bits of each symbol's code, by octet (RFC 7541, appendix B). The codes follow from their lengths: shorter before longer and,
 * among those of one length, in the order of the symbols.
 */
// biome-ignore format: sixteen in a row, as octets are counted
const LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];
/** Longest code that may fill up the last octet. */
const MAX_PADDING = 7;

/** What the next eight bits lead to: a symbol that used up the first `length` of them, or eight more bits. */
type Step = { readonly symbol: number; readonly length: number } | Step[];

const FIRST = table();

/**
 * Decodes a string of header compression (RFC 7541, 5.2) to its octets, as a latin1 string.
 *
 * @throws ConnectionError COMPRESSION_ERROR for what is no such string: padding of eight bits or more, or other than ones
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string {
  const octets: number[] = [];
  let steps = FIRST;
  let bits = 0;
  let have = 0;
  /** Bits since the last symbol, to tell padding from a code that is cut short. */
  let open = 0;
  for (let at = start; at < end; at++) {
    bits = ((bits << 8) | (bytes[at] as number)) & 0xffff;
    have += 8;
    open += 8;
    while (have >= 8) {
      const step = steps[(bits >> (have - 8)) & 0xff];
      if (Array.isArray(step)) {
        steps = step;
        have -= 8;
      } else {
        if (!step) throw new ConnectionError('COMPRESSION_ERROR');
        octets.push(step.symbol);
        have -= step.length;
        open = have;
        steps = FIRST;
      }
    }
  }
  // What is left is shorter than eight bits: short codes, then padding.
  while (have > 0) {
    const step = steps[(bits << (8 - have)) & 0xff];
    if (!step || Array.isArray(step) || step.length > have) break;
    octets.push(step.symbol);
    have -= step.length;
    open = have;
    steps = FIRST;
  }
  const padding = (1 << have) - 1;
  if (open > MAX_PADDING || (bits & padding) !== padding) throw new ConnectionError('COMPRESSION_ERROR');
  return Buffer.from(octets).toString('latin1');
}

function table(): Step[] {
  const first: Step[] = [];
  const ordered = LENGTHS.map((length, symbol) => ({ length, symbol })).sort((a, b) => a.length - b.length);
  let code = 0;
  let last = 0;
  for (const { length, symbol } of ordered) {
    code *= 2 ** (length - last);
    last = length;
    let steps = first;
    let left = length;
    for (; left > 8; left -= 8) {
      const at = Math.floor(code / 2 ** (left - 8)) & 0xff;
      steps[at] ??= [];
      steps = steps[at] as Step[];
    }
    // A code that ends within these eight bits stands for all that they may go on with.
    const from = (code << (8 - left)) & 0xff;
    for (let at = from; at < from + 2 ** (8 - left); at++) steps[at] = { symbol, length: left };
    code++;
  }
  return first;
}
