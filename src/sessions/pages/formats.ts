import type Handlebars from 'handlebars';
import { assetAddress } from './assets.js';

/**
 * How people read money, numbers and dates: the one place. Times are UTC and say so; amounts are US dollars.
 */
const DOLLARS = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const WHOLE_DOLLARS = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });
const NUMBERS = new Intl.NumberFormat('en-US');
const DATES = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' });

/** `$1,234.50` from integer cents. */
export function money(cents: number): string {
  return DOLLARS.format(cents / 100);
}

/** As `money`, without the cents where there are none: `$20`. */
export function shortMoney(cents: number): string {
  return cents % 100 === 0 ? WHOLE_DOLLARS.format(cents / 100) : money(cents);
}

/** `12,345`. */
export function count(value: number): string {
  return NUMBERS.format(value);
}

/** `November 25, 2026`, in UTC. */
export function longDate(date: Date): string {
  return DATES.format(date);
}

/** `2026-11-25 14:05 UTC`. */
export function dateTime(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `3 licenses`, `1 license`. */
export function plural(value: number, one: string, many: string): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Makes the formats above, and what templates decide by, known to the templates. Call once. */
export function installFormats(handlebars: typeof Handlebars): void {
  handlebars.registerHelper({
    money,
    shortMoney,
    count,
    longDate,
    dateTime,
    asset: assetAddress,
    plural: (value: number, one: string, many: string) => plural(value, one, many),
    isoTime: (date: Date) => date.toISOString(),
    eq: (a: unknown, b: unknown) => a === b,
    not: (a: unknown) => !a,
    and: (...parts: unknown[]) => parts.slice(0, -1).every(Boolean),
    or: (...parts: unknown[]) => parts.slice(0, -1).some(Boolean),
  });
}
