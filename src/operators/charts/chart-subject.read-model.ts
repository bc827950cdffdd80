import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { AppError } from '../../common/errors.js';
import type { Registrant } from '../../registration/registrants/registrant.js';

/** Whose charts are shown. */
export interface ChartSubject {
  readonly registrant: Registrant;
  readonly serverId: string;
  readonly serverHost: string;
  /** Of the organization, or of the server. */
  readonly host: string;
  readonly name: string;
  readonly version: string | null;
  readonly uploadedAt: Date | null;
  /** The organizations of a server, the largest first; some of them, where there are very many. */
  readonly realms: readonly { readonly id: string; readonly name: string; readonly host: string }[];
}

const SERVER = `
  SELECT id, hostname, last_version AS version, last_audit_log_update AS "uploadedAt" FROM remote_servers WHERE id = $1`;

const REALM = 'SELECT id, name, host FROM remote_realms WHERE id = $1 AND server_id = $2';

const REALMS = `
  SELECT r.id, r.name, r.host FROM remote_realms r LEFT JOIN user_counts u ON u.realm_id = r.id
  WHERE r.server_id = $1 AND NOT r.is_system_bot_realm ORDER BY u.users DESC NULLS LAST, r.id LIMIT 200`;

/** Finds the server or organization of a page of charts. */
@Injectable()
export class ChartSubjectReadModel {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** @throws AppError `http.not-found` for one that does not exist, and for an organization of another server */
  async find(serverId: string, realmId?: string): Promise<ChartSubject> {
    const isId = (text: string) => /^[1-9]\d{0,17}$/.test(text);
    if (!isId(serverId) || (realmId !== undefined && !isId(realmId))) throw new AppError('http.not-found');
    const [server] = await this.database.query<
      { id: string; hostname: string; version: string | null; uploadedAt: Date | null }[]
    >(SERVER, [serverId]);
    if (!server) throw new AppError('http.not-found');
    const { hostname: serverHost, version, uploadedAt } = server;
    type Realm = ChartSubject['realms'][number];
    if (realmId === undefined) {
      const realms = await this.database.query<Realm[]>(REALMS, [serverId]);
      const subject = { registrant: { serverId }, serverId, serverHost, host: serverHost, name: serverHost };
      return { ...subject, version, uploadedAt, realms };
    }
    const [realm] = await this.database.query<Realm[]>(REALM, [realmId, serverId]);
    if (!realm) throw new AppError('http.not-found');
    const { name, host } = realm;
    const subject = { registrant: { realmId }, serverId, serverHost, host, name: name || host };
    return { ...subject, version, uploadedAt, realms: [] };
  }
}
