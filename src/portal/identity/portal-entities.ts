import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Registrant } from '../../registration/registrants/registrant.js';
import type { EntityKind } from './portal-identity.js';

/** A server or realm as the portal knows it. */
export interface FoundEntity {
  readonly kind: EntityKind;
  readonly holder: Registrant;
  readonly uuid: string;
  readonly serverId: string;
  readonly serverUuid: string;
  readonly host: string;
  /** Of a realm, its own; of a server, its host. */
  readonly name: string;
  /** It, its server, or at home the organization is switched off. */
  readonly isDeactivated: boolean;
  /** Another one for each key of the server; the key cannot be found by it. */
  readonly keyMark: string;
}

interface Row {
  readonly id: string;
  readonly uuid: string;
  readonly server_id: string;
  readonly server_uuid: string;
  readonly host: string;
  readonly name: string;
  readonly deactivated: boolean;
  readonly key_digest: Buffer;
}

const SERVERS = `
  SELECT id, uuid, id AS server_id, uuid AS server_uuid, hostname AS host, hostname AS name, deactivated, key_digest
  FROM remote_servers WHERE `;

const REALMS = `
  SELECT r.id, r.uuid, s.id AS server_id, s.uuid AS server_uuid, r.host, r.name, s.key_digest,
    s.deactivated OR r.registration_deactivated OR r.realm_deactivated AS deactivated
  FROM remote_realms r JOIN remote_servers s ON s.id = r.server_id WHERE r.`;

/** Looks servers and realms up by their UUIDs, as they are now. */
@Injectable()
export class PortalEntities {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** @param uuid canonical */
  async find(kind: EntityKind, uuid: string): Promise<FoundEntity | undefined> {
    const statement = kind === 'server' ? SERVERS : REALMS;
    const [row] = await this.database.query<Row[]>(`${statement}uuid = $1`, [uuid]);
    return row && toFound(kind, row);
  }

  /** By our id. */
  async byId(holder: Registrant): Promise<FoundEntity | undefined> {
    const [kind, statement, id] =
      'serverId' in holder
        ? (['server', SERVERS, holder.serverId] as const)
        : (['realm', REALMS, holder.realmId] as const);
    const [row] = await this.database.query<Row[]>(`${statement}id = $1`, [id]);
    return row && toFound(kind, row);
  }
}

function toFound(kind: EntityKind, row: Row): FoundEntity {
  return {
    kind,
    holder: kind === 'server' ? { serverId: row.id } : { realmId: row.id },
    uuid: row.uuid,
    serverId: row.server_id,
    serverUuid: row.server_uuid,
    host: row.host,
    name: row.name || row.host,
    isDeactivated: row.deactivated,
    keyMark: hash('sha256', row.key_digest, 'base64url'),
  };
}
