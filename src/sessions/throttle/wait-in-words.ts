import { plural } from '../pages/formats.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long somebody has to wait, rounded up, as people say it: `a minute`, `12 minutes`, `3 hours`. */
export function waitInWords(millis: number): string {
  if (millis <= MINUTE) return 'a minute';
  if (millis <= 90 * MINUTE) return plural(Math.ceil(millis / MINUTE), 'minute', 'minutes');
  return plural(Math.ceil(millis / HOUR), 'hour', 'hours');
}
