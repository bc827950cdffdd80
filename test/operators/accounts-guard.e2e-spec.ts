import { Get, Post } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/common/errors.js';
import { Credentials } from '../../src/operators/accounts/credentials.service.js';
import type { OperatorRole } from '../../src/operators/accounts/operator-role.js';
import { OperatorGuard } from '../../src/operators/login/operator.guard.js';
import { Act, operatorOf, View } from '../../src/operators/login/operator-marks.js';
import { TestService } from '../support/service.js';
import { enrolled } from './operator-accounts.js';

let service: TestService;

beforeAll(async () => {
  service = await TestService.start({ env: { OPERATOR_SECOND_FACTOR: 'optional' } });
  await enrolled(service, 'view@example.org', 'view');
  await enrolled(service, 'act@example.org', 'act');
});
afterAll(() => service.stop());

/** What stands on the pages that the guard keeps. */
class Handlers {
  @Get() unmarkedGet(): void {}
  @Post() unmarkedPost(): void {}
  @Post() @View() viewPost(): void {}
  @Post() @Act() actPost(): void {}
  @Get() @Act() actGet(): void {}
}

/** Every handler, and whether a viewer may call it; whoever may act may call all. */
const HANDLERS: readonly [keyof Handlers, 'GET' | 'POST', boolean][] = [
  ['unmarkedGet', 'GET', true],
  ['unmarkedPost', 'POST', false],
  ['viewPost', 'POST', true],
  ['actPost', 'POST', false],
  ['actGet', 'GET', false],
];

async function ask(role: OperatorRole, handler: keyof Handlers, method: string): Promise<string> {
  const operator = await service.app.get(Credentials).byEmail(`${role}@example.org`);
  if (!operator) throw new Error('the operator is not there');
  const identity = { id: operator.id, epoch: operator.sessionEpoch, since: service.clock.millis() };
  const request = { method, raw: { url: '/activity/' }, session: { operator: identity } } as unknown as FastifyRequest;
  const context = new ExecutionContextHost([request], Handlers, Handlers.prototype[handler]);
  try {
    expect(await service.app.get(OperatorGuard).canActivate(context)).toBe(true);
    return operatorOf(request).email;
  } catch (error) {
    if (error instanceof AppError) return error.errorName;
    throw error;
  }
}

describe('the guard of the operators’ pages', () => {
  it.each(HANDLERS)(
    'lets a viewer call %s by %s only where that changes nothing of others',
    async (handler, method, may) => {
      expect(await ask('view', handler, method)).toBe(may ? 'view@example.org' : 'operator.may-not-act');
    },
  );

  it.each(HANDLERS)('lets one who may act call %s by %s', async (handler, method) => {
    expect(await ask('act', handler, method)).toBe('act@example.org');
  });
});
