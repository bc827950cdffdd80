import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { HotPool } from '../database/hot-pool.js';
import type { DeviceKind } from './device-kind.js';
import { tokenDigest } from './token.js';

/** A device that registered itself for encrypted notifications. */
export interface EncryptedRegistration {
  readonly serverId: string;
  readonly realmId: string;
  readonly kind: DeviceKind;
  readonly token: string;
  readonly tokenId: string;
  /** Zulip 11's number of the account it registered for. */
  readonly pushAccountId?: string;
  readonly iosAppId: string | null;
}

/**
 * A device that is registered already stays as it is; one whose token had been declared dead is alive again, since its app has just
 * said so.
 */
const REGISTER = `
  INSERT INTO encrypted_devices AS known
    (server_id, remote_realm_id, kind, token, token_digest, token_id, push_account_id, ios_app_id, registered_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (remote_realm_id, token_id) DO UPDATE SET
    expired_at = NULL,
    registered_at = CASE WHEN known.expired_at IS NULL THEN known.registered_at ELSE EXCLUDED.registered_at END,
    push_account_id = COALESCE(known.push_account_id, EXCLUDED.push_account_id)
  RETURNING device_id`;

/** One that registered again meanwhile is not touched. */
const EXPIRE = `
  UPDATE encrypted_devices SET expired_at = $2
  WHERE device_id = ANY ($1::bigint[]) AND expired_at IS NULL AND registered_at <= $3`;

/** Keeps the devices that take end-to-end-encrypted notifications. */
@Injectable()
export class EncryptedDevices {
  constructor(
    @Inject(HotPool) private readonly pool: HotPool,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Registers a device of a realm and answers its number here, the same one each time. */
  async register(device: EncryptedRegistration): Promise<number> {
    const { serverId, realmId, kind, token, tokenId, pushAccountId, iosAppId } = device;
    const digest = tokenDigest(kind, token);
    const [row] = await this.pool.query<{ device_id: string }>('register-encrypted', REGISTER, [
      ...[serverId, realmId, kind, token, digest, tokenId],
      ...[pushAccountId ?? null, iosAppId, this.clock.now()],
    ]);
    return Number(row?.device_id);
  }

  /** Marks devices as dead that were looked up at `seenAt`. */
  async expire(deviceIds: readonly string[], seenAt: Date): Promise<void> {
    if (deviceIds.length === 0) return;
    await this.pool.query('expire-encrypted', EXPIRE, [deviceIds, this.clock.now(), seenAt]);
  }
}
