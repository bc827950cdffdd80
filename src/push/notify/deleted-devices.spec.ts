import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missingAndroid, missingApple } from './deleted-devices.js';

describe("Google's tokens that are gone", () => {
  it.each<[string[], string[], string[]]>([
    [
      ['aaAA', 'bbbb', 'other', 'more'],
      ['aaaa', 'aaAA', 'bbbb', 'BBBB'],
      ['more', 'other'],
    ],
    [['b', 'b', 'a'], ['a'], ['b']],
    [[], ['a'], []],
    [['B', 'a', 'C'], [], ['B', 'C', 'a']],
  ])('of %j, with %j registered: %j', (claimed, registered, gone) => {
    expect(missingAndroid(claimed, new Set(registered))).toEqual(gone);
  });
});

describe("Apple's tokens that are gone", () => {
  it.each<[string[], string[], string[]]>([
    [
      ['aaaa', 'bBBb', 'CCCC', 'ffff', 'cafe'],
      ['aaaa', 'bbbb', 'cccc'],
      ['cafe', 'ffff'],
    ],
    [['AAAA', 'AAaa', 'BBBB'], ['aaaa', 'bbbb', 'cccc'], ['AAaa']],
    [
      ['AAAA', 'AAaa', 'BBBB', 'DDDD', 'eeEE', 'EEEE', 'other', 'more'],
      ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee'],
      ['AAaa', 'EEEE', 'more', 'other'],
    ],
    [['AAAA', 'AAAA', 'MORE', 'MORE'], ['aaaa'], ['MORE']],
    [['aa', 'AA'], [], ['AA', 'aa']],
  ])('of %j, with %j registered: %j', (claimed, registered, gone) => {
    expect(missingApple(claimed, new Set(registered))).toEqual(gone);
  });

  it('leave the server exactly one spelling of each that is registered, and none of the others', () => {
    const token = fc.stringMatching(/^[abAB]{2}$/);
    fc.assert(
      fc.property(fc.array(token), fc.uniqueArray(token), (claimed, others) => {
        const registered = new Set(others.map((one) => one.toLowerCase()));
        const gone = new Set(missingApple(claimed, registered));
        const left = new Set(claimed.filter((one) => !gone.has(one)));
        const known = new Set(claimed.map((one) => one.toLowerCase()).filter((one) => registered.has(one)));
        expect([...left].map((one) => one.toLowerCase()).sort()).toEqual([...known].sort());
      }),
    );
  });
});
