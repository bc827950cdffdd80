import type { EntityManager } from 'typeorm';

/**
 * The seam between deactivation and money: a registration with a paid plan that goes on cannot be switched off. Type and injection
 * token.
 */
export abstract class Debts {
  /** Throws an AppError where a server or one of its realms has something to pay, as the transaction sees it. */
  abstract refuseIfOwing(tx: EntityManager, serverId: string): Promise<void>;
}
