import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { KnownOperator } from '../accounts/known-operator.js';
import type { OperatorRole } from '../accounts/operator-role.js';

/** Key of the mark that says which role a handler needs. */
export const NEEDED_ROLE = Symbol('needed role');

/** The handler is for every operator. Reading (GET) needs no mark. */
export const View = () => SetMetadata(NEEDED_ROLE, 'view' satisfies OperatorRole);

/** The handler changes something that is not the operator's own: for the acting role only. What has no mark and is no GET needs it too. */
export const Act = () => SetMetadata(NEEDED_ROLE, 'act' satisfies OperatorRole);

const operators = new WeakMap<FastifyRequest, KnownOperator>();

/** Notes whose request it is; the guard does. */
export function noteOperator(request: FastifyRequest, operator: KnownOperator): void {
  operators.set(request, operator);
}

/** The operator whose request it is. @throws Error where no guard has looked */
export function operatorOf(request: FastifyRequest): KnownOperator {
  const operator = operators.get(request);
  if (!operator) throw new Error('the handler has no OperatorGuard');
  return operator;
}

/** Parameter of a handler behind `OperatorGuard`: the operator whose request it is. */
export const CurrentOperator = createParamDecorator(
  (_: unknown, context: ExecutionContext): KnownOperator =>
    operatorOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
