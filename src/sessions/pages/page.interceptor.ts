import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, mergeMap, type Observable } from 'rxjs';
import { Forgery } from '../forgery/forgery.js';
import { Page, Redirect } from './page.js';
import { PageRenderer } from './page-renderer.js';

/**
 * Surrounds every handler of a browser's request, behind the guards: refuses forged forms before anything is read from them, and
 * turns the `Page` or `Redirect` that the handler returns into an answer. Anything else it returns is answered as JSON.
 */
@Injectable()
export class PageInterceptor implements NestInterceptor {
  constructor(
    @Inject(Forgery) private readonly forgery: Forgery,
    @Inject(PageRenderer) private readonly renderer: PageRenderer,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    return from(this.forgery.check(request, reply)).pipe(
      mergeMap(() => next.handle()),
      mergeMap(async (answer) => {
        if (answer instanceof Page) return this.renderer.render(request, reply, answer);
        // A POST of Nest's is 201 unless told otherwise, and pages are 200.
        reply.status(200);
        if (!(answer instanceof Redirect)) return answer;
        reply.status(answer.status).header('Location', answer.address);
        return '';
      }),
    );
  }
}
