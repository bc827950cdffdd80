import type { EntityManager } from 'typeorm';

/**
 * The seam between uploads and licences: new user counts change the ledgers of automatically managed plans. Type and injection token.
 */
export abstract class LedgerSync {
  /**
   * Brings the ledgers of a server and of some of its realms up to the events reported so far; called in the transaction of the upload
   * that reported them, after they are stored.
   */
  abstract sync(tx: EntityManager, serverId: string, realmIds: readonly string[]): Promise<void>;
}
