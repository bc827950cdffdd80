import { expect } from 'vitest';
import type { ApiAnswer } from '../support/api-client.js';

/** The envelope of a success. */
export const success = (data: Readonly<Record<string, unknown>> = {}) => ({ result: 'success', msg: '', ...data });

/** The envelope of a refusal. */
export const refused = (msg: unknown, code = 'BAD_REQUEST', extra: Readonly<Record<string, unknown>> = {}) => ({
  result: 'error',
  msg,
  code,
  ...extra,
});

/** Status and whole body, and what holds for every answer of the API: plain JSON, never cached, a challenge on the 401s of Basic. */
export function expectAnswer(answer: ApiAnswer, status: number, body: unknown): void {
  expect({ status: answer.status, body: answer.body }).toEqual({ status, body });
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.headers['cache-control']).toContain('no-store');
  const challenge = status === 401 && answer.body['code'] === 'UNAUTHORIZED' ? 'Basic realm="zulip"' : undefined;
  expect(answer.headers['www-authenticate']).toBe(challenge);
}

/** What is so of every refusal, whatever it says: a 4xx with the envelope, since clients can read nothing else. */
export function expectRefusal(answer: ApiAnswer): void {
  expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
  expect(answer.status, answer.text).toBeLessThan(500);
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.body).toMatchObject({ result: 'error', msg: expect.any(String) });
}
