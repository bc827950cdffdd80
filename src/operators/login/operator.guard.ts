import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import { surround } from '../../sessions/pages/page-renderer.js';
import { type OperatorRole, roleSuffices } from '../accounts/operator-role.js';
import { NEEDED_ROLE, noteOperator } from './operator-marks.js';
import { operatorSurroundings } from './operator-navigation.js';
import { OperatorSessions } from './operator-session.js';

/** Only for operators: everybody else is sent to the login. A handler's mark says which role it needs (`operator-marks.ts`). */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(
    @Inject(OperatorSessions) private readonly sessions: OperatorSessions,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  /** @throws AppError `operator.may-not-act` */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const operator = await this.sessions.current(request);
    if (!operator) {
      await sendToLogin(request, http.getResponse<FastifyReply>());
      return false;
    }
    noteOperator(request, operator);
    surround(request, operatorSurroundings(operator));
    const marks = [context.getHandler(), context.getClass()];
    const marked = this.reflector.getAllAndOverride<OperatorRole | undefined>(NEEDED_ROLE, marks);
    if (!roleSuffices(operator.role, marked ?? (isReading(request) ? 'view' : 'act'))) {
      throw new AppError('operator.may-not-act');
    }
    return true;
  }
}

const isReading = ({ method }: FastifyRequest) => method === 'GET' || method === 'HEAD';

/** Answers, and waits until that has left: what Nest makes of the refusal must find the answer sent. */
async function sendToLogin(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  try {
    await reply.header('Location', loginAddress(request)).status(302).send('');
  } catch {
    // Whoever asked has gone away.
  }
}

/** A form that was sent cannot be sent again by an address. */
function loginAddress(request: FastifyRequest): string {
  return isReading(request) ? `/login/?next=${encodeURIComponent(request.raw.url ?? '')}` : '/login/';
}
