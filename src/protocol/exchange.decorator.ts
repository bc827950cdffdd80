import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bodyBytes } from './request.js';

/** A request's passage, as far as a service may know of it. */
export interface Exchange {
  /** The body as it came. */
  readonly body: Buffer;
  /**
   * Calls back once, when the connection is done with the answer. `written`: all of it was handed to the connection; else the
   * client went away before, and has no answer.
   */
  whenOver(callback: (written: boolean) => void): void;
}

/** The passage of the request that is being handled. */
export const RequestExchange = createParamDecorator((_: unknown, context: ExecutionContext): Exchange => {
  const http = context.switchToHttp();
  const { raw } = http.getResponse<FastifyReply>();
  return {
    body: bodyBytes(http.getRequest<FastifyRequest>()),
    whenOver: (callback) => {
      // Of a connection that is gone already nothing more is heard.
      if (raw.destroyed || raw.socket?.destroyed) {
        callback(false);
        return;
      }
      let written = false;
      raw.once('finish', () => {
        written = true;
      });
      raw.once('close', () => callback(written));
    },
  };
});
