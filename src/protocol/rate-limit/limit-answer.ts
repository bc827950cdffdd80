import type { FastifyReply } from 'fastify';
import { AppError } from '../../common/errors.js';
import type { LimitRecord } from './local-limits.js';

/** What answers say of a limit that was applied, in the words of the wire (docs/protocol.md, Authentication). */
export interface LimitAnswer {
  readonly limit: string;
  readonly remaining: string;
  /** Unix time, whole seconds, at which the whole limit is there again. */
  readonly reset: string;
  /** Where the request is refused: when another is let through, milliseconds since the Unix epoch. */
  readonly freeAt?: number;
}

/** @param now milliseconds since the Unix epoch */
export function limitAnswer(record: LimitRecord, limit: number, now: number): LimitAnswer {
  return {
    limit: String(limit),
    remaining: String(Math.max(0, limit - record.totalHits)),
    reset: String(Math.ceil((now + record.timeToExpire) / 1_000)),
    ...(record.isBlocked ? { freeAt: now + record.timeToBlockExpire } : {}),
  };
}

/** The headers of every answer that a limit was applied to. */
export function sayLimit(reply: FastifyReply, { limit, remaining, reset }: LimitAnswer): void {
  reply
    .header('X-RateLimit-Limit', limit)
    .header('X-RateLimit-Remaining', remaining)
    .header('X-RateLimit-Reset', reset);
}

/** How long a refused client is told to wait, seconds: whole milliseconds, rounded up, so that who waits exactly so long is let through. */
export const waitSeconds = (freeAt: number, now: number): number => Math.ceil(freeAt - now) / 1_000;

/** The refusal as an error, for those who are on the usual way. */
export function limited(seconds: number): AppError {
  return new AppError('rate.limited', {}, { 'retry-after': seconds }, { 'Retry-After': String(seconds) });
}

const EXAMPLE = limited(0.5);
const [BEFORE = '', AFTER = ''] = JSON.stringify(EXAMPLE.toBody()).split('0.5');

/**
 * Sends the answer that the error `limited` would become, without the error: its stack trace and its way through the filter cost more
 * than all else of a refusal.
 */
export function sendLimited(reply: FastifyReply, answer: LimitAnswer, seconds: number): void {
  sayLimit(reply, answer);
  const text = String(seconds);
  reply
    .status(EXAMPLE.status)
    .header('Retry-After', text)
    .header('Content-Type', 'application/json')
    .send(BEFORE + text + AFTER);
}
