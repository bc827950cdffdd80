/** What a check came to. */
export interface Finding {
  readonly what: 'Apple' | 'Google' | 'Clock';
  /** `unknown`: there was nothing to check. */
  readonly state: 'good' | 'bad' | 'unknown';
  /** For people: what was found and, where it is bad, what to do. */
  readonly words: string;
}
