import { AppError } from '../common/errors.js';

/** Who a device belongs to, in the server's own terms. At least one of the two is there. */
export interface UserIdentity {
  readonly userId?: string | undefined;
  readonly userUuid?: string | undefined;
}

/** What a request says of the user, and of the user's realm. */
export interface IdentityFields {
  readonly user_id?: string | null | undefined;
  readonly user_uuid?: string | null | undefined;
  readonly realm_uuid?: string | null | undefined;
}

/**
 * The identity that a request gives.
 *
 * @throws AppError `device.user-missing` where it gives none; `device.user-uuid-missing` where it names a realm but no UUID of the
 *   user (the realm alone cannot tell users apart)
 */
export function userIdentity(fields: IdentityFields): UserIdentity {
  const { user_id: userId, user_uuid: userUuid, realm_uuid: realmUuid } = fields;
  if (userId == null && userUuid == null) throw new AppError('device.user-missing');
  if (realmUuid != null && userUuid == null) throw new AppError('device.user-uuid-missing');
  return { userId: userId ?? undefined, userUuid: userUuid ?? undefined };
}
