import type { Operator } from './operator.entity.js';
import type { OperatorRole } from './operator-role.js';

/** What the pages know of an operator. */
export interface KnownOperator {
  readonly id: string;
  readonly email: string;
  readonly role: OperatorRole;
  /** Sessions that began under another number have ended. */
  readonly sessionEpoch: number;
  readonly hasPassword: boolean;
  /** Absent: no second factor. */
  readonly secondFactorSince?: Date;
}

export function knownOperator(operator: Operator): KnownOperator {
  const { id, email, role, sessionEpoch, totpSecret, totpEnrolledAt, createdAt } = operator;
  return {
    id,
    email,
    role,
    sessionEpoch,
    hasPassword: operator.passwordHash !== null,
    ...(totpSecret === null ? {} : { secondFactorSince: totpEnrolledAt ?? createdAt }),
  };
}

/** The spelling in which an e-mail address is stored and looked for. */
export function canonicalEmail(email: string): string {
  return email.trim().toLowerCase();
}
