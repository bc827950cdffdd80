import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { AppError } from '../../common/errors.js';
import type { Registrant } from '../../registration/registrants/registrant.js';

/** For whom something is done. */
export interface SupportTarget {
  /** Of the organization, or host of the server. */
  readonly name: string;
  readonly serverId: string;
  readonly serverUuid: string;
}

const SERVER = `
  SELECT id AS "serverId", uuid AS "serverUuid", hostname AS name FROM remote_servers WHERE id = $1`;

const REALM = `
  SELECT s.id AS "serverId", s.uuid AS "serverUuid", COALESCE(NULLIF(r.name, ''), r.host) AS name
  FROM remote_realms r JOIN remote_servers s ON s.id = r.server_id WHERE r.id = $1`;

/** Knows the names of those for whom something is done. */
@Injectable()
export class SupportTargets {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** @throws AppError `params.not-allowed` where there is no such server or organization */
  async find(holder: Registrant): Promise<SupportTarget> {
    const [statement, id] = 'serverId' in holder ? [SERVER, holder.serverId] : [REALM, holder.realmId];
    const [target] = await this.database.query<SupportTarget[]>(statement, [id]);
    if (!target) {
      throw new AppError('params.not-allowed', { name: 'serverId' in holder ? 'remote_server_id' : 'remote_realm_id' });
    }
    return target;
  }
}
