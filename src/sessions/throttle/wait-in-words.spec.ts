import { expect, it } from 'vitest';
import { waitInWords } from './wait-in-words.js';

it.each([
  [0, 'a minute'],
  [60_000, 'a minute'],
  [60_001, '2 minutes'],
  [90 * 60_000, '90 minutes'],
  [90 * 60_000 + 1, '2 hours'],
  [24 * 3_600_000, '24 hours'],
])('%d milliseconds are %s', (millis, words) => {
  expect(waitInWords(millis)).toBe(words);
});
