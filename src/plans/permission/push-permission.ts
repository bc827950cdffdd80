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
  abstract of(subject: PermissionSubject): Promise<PushPermission>;
}
