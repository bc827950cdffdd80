import type { FastifyRequest } from 'fastify';
import type { PortalEntity } from '../identity/current-entity.js';

/** What somebody has chosen on the purchase form before they went on to another page. Of one server or realm alone. */
export interface UpgradeChoice {
  readonly schedule?: string | undefined;
  readonly licenses?: string | undefined;
  readonly startDate?: string | undefined;
}

declare module 'fastify' {
  interface Session {
    upgradeChoice?: UpgradeChoice & { readonly uuid: string };
  }
}

/** Keeps the choice in the session, so that it is still there when they come back. */
export function rememberChoice(request: FastifyRequest, { uuid }: PortalEntity, choice: UpgradeChoice): void {
  request.session.upgradeChoice = { uuid, ...choice };
}

export function rememberedChoice(request: FastifyRequest, { uuid }: PortalEntity): UpgradeChoice {
  const choice = request.session.upgradeChoice;
  return choice?.uuid === uuid ? choice : {};
}
