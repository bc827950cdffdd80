/** Numbers of the audit events that the service writes itself. */
export const AUDIT_EVENT = {
  serverDeactivated: 10201,
  serverReactivated: 10202,
  planTypeChanged: 10204,
  serverCreated: 10215,
  registrationTransferred: 10216,
  deactivationLinkSent: 10217,
  realmAttributeChanged: 20001,
  planMovedToRealm: 20002,
  realmLocallyDeleted: 20003,
  realmReturned: 20004,
} as const;

/**
 * The events that servers report: users created, activated, deactivated, reactivated or given another role; realms deactivated,
 * reactivated or imported. Each carries how many people the realm has from then on.
 */
export const SYNCED_EVENTS: ReadonlySet<number | bigint> = new Set([101, 102, 103, 104, 105, 201, 202, 229]);
