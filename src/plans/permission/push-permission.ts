import type { EntityManager } from 'typeorm';

/** Whether a server or realm may send notifications now, and until when that is certain. */
export interface PushPermission {
  readonly canPush: boolean;
  /** Unix seconds at which the permission is going to end; null: no end is known. */
  readonly expectedEndTimestamp: number | null;
  /** Why, in words for the server's administrator. */
  readonly reason: string;
  /** The server's API feature level; null where it never told one. Decides how a refusal is worded. */
  readonly serverFeatureLevel: number | null;
}

/** For whom permission is asked. */
export interface PermissionSubject {
  readonly serverId: string;
  /** Absent: the request names no realm that is known. */
  readonly realmId?: string;
}

/**
 * The seam between forwarding and plans: forwarding asks it before every notification. Type and injection token.
 */
export abstract class PushPermissions {
  /** The permission of one subject, now. */
  abstract of(subject: PermissionSubject): Promise<PushPermission>;

  /** The permissions of several realms of a server, as of the state that the transaction sees; by realm id. */
  abstract ofRealms(
    tx: EntityManager,
    serverId: string,
    realmIds: readonly string[],
  ): Promise<ReadonlyMap<string, PushPermission>>;

  /**
   * Derives anew what permission is decided by; called in the transaction that changes an input (user counts, realms, plans) of a server
   * or one of its realms.
   */
  abstract refresh(tx: EntityManager, serverId: string): Promise<void>;
}
