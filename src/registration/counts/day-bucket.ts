const DAY_MILLIS = 86_400_000;

/** The end of the UTC day that an instant falls into; an instant exactly at midnight ends its day. */
export function endOfUtcDay(instant: Date): Date {
  return new Date(Math.ceil(instant.getTime() / DAY_MILLIS) * DAY_MILLIS);
}
