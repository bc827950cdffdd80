import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { FoundEntity } from './portal-entities.js';

/** The server or realm whose pages a request is for, and who manages its plan there. */
export interface PortalEntity extends Omit<FoundEntity, 'isDeactivated' | 'keyMark'> {
  /** `/realm/<uuid>` or `/server/<uuid>`: where its pages are. */
  readonly base: string;
  readonly billingUser: { readonly id: string; readonly email: string; readonly name: string };
  /** For the audit log. */
  readonly actor: { readonly billingUserId: string };
}

const entities = new WeakMap<FastifyRequest, PortalEntity>();

/** Notes for whom a request is; the guard does. */
export function noteEntity(request: FastifyRequest, entity: PortalEntity): void {
  entities.set(request, entity);
}

/** Parameter of a handler behind `PortalGuard`: the server or realm that the session is for. */
export const CurrentEntity = createParamDecorator((_: unknown, context: ExecutionContext): PortalEntity => {
  const entity = entities.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (!entity) throw new Error('the handler has no PortalGuard');
  return entity;
});
