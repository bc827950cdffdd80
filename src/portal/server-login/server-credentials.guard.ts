import { randomUUID } from 'node:crypto';
import { createParamDecorator, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import passport from 'passport';
import { Strategy } from 'passport-local';
import type { FormFields } from '../../protocol/form-body.js';
import { formFields } from '../../protocol/request.js';
import { type CredentialsVerdict, ServerCredentials } from './server-credentials.js';

/** What passport reads: it knows Express. */
interface PassportRequest {
  readonly body: FormFields;
  readonly ip: string;
  user?: CredentialsVerdict | null;
}

const attempts = new WeakMap<FastifyRequest, PassportRequest>();

/**
 * Has passport's local strategy judge the form with a server's id and key. Nobody is turned away here: the page tells what was wrong.
 * Passport keeps strategies by name for the whole process; each application has its own.
 */
@Injectable()
export class ServerCredentialsGuard extends AuthGuard() {
  constructor(@Inject(ServerCredentials) credentials: ServerCredentials) {
    const strategy = `server-credentials-${randomUUID()}`;
    super({ defaultStrategy: strategy, session: false });
    const names = { usernameField: 'zulip_org_id', passwordField: 'zulip_org_key', passReqToCallback: true } as const;
    passport.use(
      strategy,
      new Strategy(names, (request, id, key, done) => {
        credentials.judge(id, key, request.ip ?? '').then(
          (verdict) => done(null, verdict),
          (error: unknown) => done(error),
        );
      }),
    );
  }

  override getRequest(context: ExecutionContext): PassportRequest {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const attempt = attempts.get(request) ?? { body: formFields(request), ip: request.ip };
    attempts.set(request, attempt);
    return attempt;
  }

  /** Without a verdict a field was missing. @throws AppError `page.wait` */
  override handleRequest<T>(error: unknown, verdict: CredentialsVerdict | false): T {
    if (error) throw error;
    return (verdict || null) as T;
  }
}

/** Parameter of a handler behind the guard: the verdict, null where a field was missing. */
export const Verdict = createParamDecorator(
  (_: unknown, context: ExecutionContext): CredentialsVerdict | null =>
    attempts.get(context.switchToHttp().getRequest<FastifyRequest>())?.user ?? null,
);
