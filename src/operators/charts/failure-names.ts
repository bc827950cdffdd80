import type { PushFailureKind } from '../../registration/counts/push-failures.recorder.js';

/** What becomes of pushes that are not delivered, in words. */
export const FAILURE_NAMES: Readonly<Record<PushFailureKind, string>> = {
  'token-gone': 'device gone',
  rejected: 'refused',
  'try-later': 'put off',
  'not-configured': 'provider not set up',
};
