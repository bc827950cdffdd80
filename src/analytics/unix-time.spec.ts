import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoOfUnixSeconds } from './unix-time.js';

describe('Unix seconds', () => {
  it.each([
    ['574300800.0', '1988-03-14T00:00:00.000000Z'],
    ['574300800', '1988-03-14T00:00:00.000000Z'],
    ['5.743008e8', '1988-03-14T00:00:00.000000Z'],
    ['5743008E+2', '1988-03-14T00:00:00.000000Z'],
    ['1700000000.123456', '2023-11-14T22:13:20.123456Z'],
    ['1700000000.1234565', '2023-11-14T22:13:20.123456Z'],
    ['1700000000.1234575', '2023-11-14T22:13:20.123458Z'],
    ['1700000000.12345650001', '2023-11-14T22:13:20.123457Z'],
    ['1700000000.9999999', '2023-11-14T22:13:21.000000Z'],
    ['-0.000001', '1969-12-31T23:59:59.999999Z'],
    ['-1', '1969-12-31T23:59:59.000000Z'],
    ['0', '1970-01-01T00:00:00.000000Z'],
    ['-0.0', '1970-01-01T00:00:00.000000Z'],
    ['1e-300', '1970-01-01T00:00:00.000000Z'],
    [`0.${'0'.repeat(10_000)}1`, '1970-01-01T00:00:00.000000Z'],
    ['-62135596800', '0001-01-01T00:00:00.000000Z'],
    ['253402300799.999999', '9999-12-31T23:59:59.999999Z'],
  ])('%s are %s', (text, iso) => {
    expect(isoOfUnixSeconds(text)).toBe(iso);
  });

  it.each([
    '253402300800',
    '-62135596800.000001',
    '1e300',
    '-1e9999',
    '1e99999999',
    `1${'0'.repeat(10_000)}`,
    'NaN',
    '',
  ])('%s are no date', (text) => {
    expect(isoOfUnixSeconds(text)).toBeUndefined();
  });

  it('keep every millisecond that JavaScript knows', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (millis) => {
        const whole = Math.trunc(Math.abs(millis) / 1_000);
        const text = `${millis < 0 ? '-' : ''}${whole}.${String(Math.abs(millis) % 1_000).padStart(3, '0')}`;
        expect(isoOfUnixSeconds(text)).toBe(new Date(millis).toISOString().replace('Z', '000Z'));
      }),
    );
  });
});
