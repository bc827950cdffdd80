import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { stringify } from 'lossless-json';
import { map, type Observable } from 'rxjs';

/** Writes an answer that may hold integers beyond JavaScript's own (`bigint`). Stands outside `EnvelopeInterceptor`. */
@Injectable()
export class ExactAnswerInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    return next.handle().pipe(map((body) => stringify(body)));
  }
}
