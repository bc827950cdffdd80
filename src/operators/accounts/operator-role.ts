/** What an operator may do: look at everything, or also act. */
export const OPERATOR_ROLES = ['view', 'act'] as const;

export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** Whether one with this role may do what needs the other. */
export function roleSuffices(role: OperatorRole, needed: OperatorRole): boolean {
  return needed === 'view' || role === 'act';
}
