import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../common/errors.js';
import { isUnavailable, safeDescription } from './error-description.js';
import { notesOf } from './request.js';

/** Shows errors to people, where the request is a browser's that wants to show a page. */
export interface ErrorPage {
  wants(request: FastifyRequest): boolean;
  answer(request: FastifyRequest, reply: FastifyReply, error: AppError): Promise<void>;
}

/** The one door by which errors leave: words them for the client and logs once, without anything that the client sent. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Errors');

  constructor(private readonly pages?: ErrorPage) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const answer = toAppError(error);
    notesOf(request).error = answer.errorName;
    // What we answer on purpose (too busy, a provider out of reach) is told by the request's own line; this wakes someone.
    if (answer.status >= 500 && !(error instanceof AppError)) {
      this.logger.error('request failed', {
        requestId: request.id,
        serverId: notesOf(request).serverId,
        error: safeDescription(error),
      });
    }
    // A failed request has still set the server's last-request time; the answer waits for that as a success does.
    const { settled, onFailure } = notesOf(request);
    await (settled ?? onFailure?.())?.catch(() => undefined);
    if (reply.sent || reply.raw.headersSent) return;
    for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value);
    if (answer.status === 401 && answer.definition.code === 'UNAUTHORIZED') {
      reply.header('WWW-Authenticate', 'Basic realm="zulip"');
    }
    if (answer.status === 408 || answer.status === 413) reply.header('Connection', 'close');
    if (this.pages?.wants(request)) return this.pages.answer(request, reply, answer);
    reply.status(answer.status).header('Content-Type', 'application/json').send(JSON.stringify(answer.toBody()));
  }
}

/** Every error as one of the catalogue. What is not ours by origin is either the client's malformed request or our fault. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isUnavailable(error)) return new AppError('http.unavailable', {}, {}, { 'Retry-After': '5' });
  const status = statusOf(error);
  if (status === 404) return new AppError('http.not-found');
  if (status === 413) return new AppError('http.body-too-large');
  if (status === 408) return new AppError('http.too-slow');
  if (status === 503) return new AppError('http.unavailable', {}, {}, { 'Retry-After': '5' });
  if (status >= 400 && status < 500) return new AppError('http.bad-request');
  return new AppError('http.internal');
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500;
  return typeof status === 'number' ? status : 500;
}
