import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Registrant } from '../registration/registrants/registrant.js';
import { DEVICE_KIND } from './device-kind.js';

/** How many registrations of phones there are; a phone with several accounts counts for each. */
export interface DeviceCount {
  readonly apple: number;
  readonly android: number;
}

// One branch for each partial index on the server: none of them has all rows.
const OF_SERVER = `
  SELECT kind FROM devices WHERE server_id = $1 AND user_id IS NOT NULL
  UNION ALL SELECT kind FROM devices WHERE server_id = $1 AND user_id IS NULL AND user_uuid IS NOT NULL
  UNION ALL SELECT kind FROM encrypted_devices WHERE server_id = $1 AND expired_at IS NULL`;

const OF_REALM = `
  SELECT kind FROM devices WHERE remote_realm_id = $1
  UNION ALL SELECT kind FROM encrypted_devices WHERE remote_realm_id = $1 AND expired_at IS NULL`;

/** Counts devices. */
@Injectable()
export class DeviceCounts {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** Of a server, or of one realm. A server's older devices may belong to no realm. */
  async of(registrant: Registrant): Promise<DeviceCount> {
    const [rows, id] = 'serverId' in registrant ? [OF_SERVER, registrant.serverId] : [OF_REALM, registrant.realmId];
    const counts = await this.database.query<{ kind: number; devices: number }[]>(
      `SELECT kind, count(*)::integer AS devices FROM (${rows}) device GROUP BY kind`,
      [id],
    );
    const of = (kind: number) => counts.find((count) => count.kind === kind)?.devices ?? 0;
    return { apple: of(DEVICE_KIND.apns), android: of(DEVICE_KIND.fcm) };
  }
}
