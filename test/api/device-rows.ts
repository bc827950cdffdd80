import { tokenDigest } from '../../src/devices/token.js';
import type { TestServerRow, TestService } from '../support/service.js';

export const APNS = 1;
export const FCM = 2;

/** A device put straight into the table; an Android phone of user 10 unless told otherwise. */
export interface DeviceRow {
  readonly kind?: 1 | 2;
  readonly token: string;
  readonly userId?: number | null;
  readonly userUuid?: string;
  readonly realmId?: string;
  readonly iosAppId?: string | null;
  readonly registeredAt?: Date;
}

/** Registers devices without going through the endpoint. One with a UUID has no number unless it is given. */
export async function addDevices(service: TestService, server: TestServerRow, ...rows: DeviceRow[]): Promise<void> {
  for (const row of rows) {
    const kind = row.kind ?? FCM;
    await service.rows(
      `INSERT INTO devices (server_id, user_id, user_uuid, remote_realm_id, kind, token, token_digest, ios_app_id, registered_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        server.id,
        row.userId === undefined ? (row.userUuid ? null : 10) : row.userId,
        row.userUuid ?? null,
        row.realmId ?? null,
        kind,
        row.token,
        tokenDigest(kind, row.token),
        row.iosAppId === undefined ? (kind === APNS ? 'org.zulip.Zulip' : null) : row.iosAppId,
        row.registeredAt ?? service.clock.now(),
      ],
    );
  }
}

/** A device that takes encrypted notifications of a realm. */
export async function addEncryptedDevice(
  service: TestService,
  server: TestServerRow,
  { kind, token, realmId }: { kind: 1 | 2; token: string; realmId: string },
): Promise<void> {
  await service.rows(
    `INSERT INTO encrypted_devices (server_id, remote_realm_id, kind, token, token_digest, token_id, ios_app_id, registered_at)
     VALUES ($1, $2, $3, $4, $5, 1, $6, $7)`,
    [
      server.id,
      realmId,
      kind,
      token,
      tokenDigest(kind, token),
      kind === APNS ? 'org.zulip.Zulip' : null,
      service.clock.now(),
    ],
  );
}

/** A stored device, as tests look at it. */
export interface StoredDevice {
  readonly user_id: string | null;
  readonly user_uuid: string | null;
  readonly kind: number;
  readonly token: string;
  readonly ios_app_id: string | null;
  readonly remote_realm_id: string | null;
}

/** All devices of a server, in the order in which they came. */
export function devicesOf(service: TestService, server: TestServerRow): Promise<StoredDevice[]> {
  return service.rows<StoredDevice & Record<string, unknown>>(
    `SELECT user_id, user_uuid, kind, token, ios_app_id, remote_realm_id FROM devices WHERE server_id = $1 ORDER BY id`,
    [server.id],
  );
}

/** Their tokens. */
export async function tokensOf(service: TestService, server: TestServerRow): Promise<string[]> {
  return (await devicesOf(service, server)).map(({ token }) => token);
}
