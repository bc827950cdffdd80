import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { AppError } from '../common/errors.js';
import { HotPool } from '../database/hot-pool.js';
import { RealmDirectory } from '../registration/realms/realm-directory.js';
import { DEVICE_KIND } from './device-kind.js';
import type { RegisterDevice, UnregisterAll, UnregisterDevice } from './devices.schemas.js';
import { checkToken, tokenDigest } from './token.js';
import { userIdentity } from './user-identity.js';

/**
 * A user known by number before is from now on known by UUID alone: the old row goes. An existing row of the same device stays as
 * it is, so any number of equal requests at once leave one row.
 */
const REGISTER = `
  WITH replaced AS (
    DELETE FROM devices
    WHERE server_id = $1 AND user_id = $2 AND kind = $5 AND token_digest = $7 AND $3::uuid IS NOT NULL
  )
  INSERT INTO devices (server_id, user_id, user_uuid, remote_realm_id, kind, token, token_digest, ios_app_id, registered_at)
  VALUES ($1, CASE WHEN $3::uuid IS NULL THEN $2::bigint END, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT DO NOTHING`;

/** Locks the devices in the order of their ids, as everybody does who changes several. */
const UNREGISTER = `
  DELETE FROM devices WHERE server_id = $1 AND id IN (
    SELECT id FROM devices
    WHERE server_id = $1 AND (user_id = $2 OR user_uuid = $3) AND kind = $4 AND token_digest = $5
    ORDER BY id FOR UPDATE
  )
  RETURNING id`;

const UNREGISTER_ALL = `
  DELETE FROM devices WHERE server_id = $1 AND id IN (
    SELECT id FROM devices WHERE server_id = $1 AND (user_id = $2 OR user_uuid = $3) ORDER BY id FOR UPDATE
  )`;

/** Keeps the devices that servers register for their users. Knows nothing of sending to them. */
@Injectable()
export class DevicesService {
  constructor(
    @Inject(HotPool) private readonly pool: HotPool,
    @Inject(RealmDirectory) private readonly realms: RealmDirectory,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Registers a device for a user of a server; does nothing where it is registered already.
   *
   * @throws AppError for a bad token, a missing app id or user, or another server's realm
   */
  async register(serverId: string, request: RegisterDevice): Promise<void> {
    const { token, token_kind: kind, ios_app_id: appId } = request;
    checkToken(kind, token);
    if (kind === DEVICE_KIND.apns && appId === undefined) throw new AppError('device.app-id-missing');
    const { userId, userUuid } = userIdentity(request);
    const realmId = await this.realms.find(serverId, request.realm_uuid);
    await this.pool.query('register-device', REGISTER, [
      serverId,
      userId ?? null,
      userUuid ?? null,
      realmId ?? null,
      kind,
      token,
      tokenDigest(kind, token),
      appId ?? null,
      this.clock.now(),
    ]);
  }

  /** Forgets one device of a user. @throws AppError `device.not-found` where there is none */
  async unregister(serverId: string, request: UnregisterDevice): Promise<void> {
    const { token, token_kind: kind } = request;
    checkToken(kind, token);
    const { userId, userUuid } = userIdentity(request);
    await this.realms.find(serverId, request.realm_uuid);
    const values = [serverId, userId ?? null, userUuid ?? null, kind, tokenDigest(kind, token)];
    const gone = await this.pool.query('unregister-device', UNREGISTER, values);
    if (gone.length === 0) throw new AppError('device.not-found');
  }

  /** Forgets all devices of a user; there need not be any. */
  async unregisterAll(serverId: string, request: UnregisterAll): Promise<void> {
    const { userId, userUuid } = userIdentity(request);
    await this.realms.find(serverId, request.realm_uuid);
    await this.pool.query('unregister-all', UNREGISTER_ALL, [serverId, userId ?? null, userUuid ?? null]);
  }
}
