import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, mergeMap, type Observable } from 'rxjs';
import { success, type WireData } from './envelope.js';
import { notesOf } from './request.js';

/**
 * Puts what a handler of an API endpoint returns into the success envelope: status 200 always (clients take any other success
 * for a fault), never cached, unknown parameters named. The answer waits for the request's settling work.
 */
@Injectable()
export class EnvelopeInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<WireData | undefined>): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    return next.handle().pipe(
      mergeMap((data) => {
        const { settled, ignoredParameters } = notesOf(request);
        http.getResponse<FastifyReply>().status(200);
        const body = success(
          ignoredParameters?.length ? { ...data, ignored_parameters_unsupported: ignoredParameters } : data,
        );
        return from(settled ? settled.then(() => body) : Promise.resolve(body));
      }),
    );
  }
}
