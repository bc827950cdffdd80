/** Numbers of the audit events that the service writes itself. */
export const AUDIT_EVENT = {
  serverCreated: 10215,
} as const;
