import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { canonicalUuid } from '../../protocol/wire-types.js';
import { RemoteServer } from './remote-server.entity.js';
import { RemoteServerActivity } from './remote-server-activity.entity.js';

/** A registration as an operator sees it. Its key is not in it: nobody can read that back. */
export interface ServerRecord {
  readonly id: string;
  readonly uuid: string;
  readonly hostname: string;
  readonly contactEmail: string;
  readonly createdAt: Date;
  readonly lastRequestAt: Date | null;
  readonly lastVersion: string | null;
  readonly deactivated: boolean;
  readonly planType: number;
}

/** Looks registrations up for operators. */
@Injectable()
export class ServerRecords {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** The registrations with this UUID (in any spelling) or host name, oldest first; of one host name there may be several. */
  async find(reference: string): Promise<ServerRecord[]> {
    const uuid = canonicalUuid(reference);
    const { manager } = this.database;
    const found = await manager.find(RemoteServer, {
      where: uuid ? { uuid } : { hostname: reference },
      order: { createdAt: 'ASC' },
    });
    const records = found.map(async ({ id, hostname, contactEmail, createdAt, lastVersion, ...server }) => {
      const activity = await manager.findOneBy(RemoteServerActivity, { serverId: id });
      const { deactivated, planType } = server;
      const lastRequestAt = activity?.lastRequestAt ?? null;
      return {
        ...{ id, uuid: server.uuid, hostname, contactEmail, createdAt, lastRequestAt, lastVersion },
        ...{ deactivated, planType },
      };
    });
    return Promise.all(records);
  }
}
