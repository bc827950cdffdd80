/** Something about the service that somebody should look at. */
export interface Problem {
  /** `error`: notifications, mail or payments fail now. */
  readonly kind: 'error' | 'warning';
  readonly what: string;
  /** What to do about it. */
  readonly remedy: string;
}
