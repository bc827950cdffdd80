import { expect, it } from 'vitest';
import { count, dateTime, longDate, money, plural, shortMoney } from './formats.js';

it('money has two decimals and thousands separators', () => {
  expect(money(123450)).toBe('$1,234.50');
  expect(money(-2000)).toBe('-$20.00');
});

it('short money leaves whole dollars whole', () => {
  expect(shortMoney(2000)).toBe('$20');
  expect(shortMoney(350)).toBe('$3.50');
});

it('dates are days of UTC', () => {
  expect(longDate(new Date('2026-11-25T23:59:59Z'))).toBe('November 25, 2026');
  expect(dateTime(new Date('2026-11-25T23:59:59Z'))).toBe('2026-11-25 23:59 UTC');
});

it('numbers are counted', () => {
  expect(count(12345)).toBe('12,345');
  expect(plural(1, 'license', 'licenses')).toBe('1 license');
  expect(plural(1200, 'license', 'licenses')).toBe('1,200 licenses');
});
