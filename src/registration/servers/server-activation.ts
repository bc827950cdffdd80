import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { AUDIT_EVENT } from '../audit/audit-event.js';
import { ServerAuditLog } from '../audit/server-audit-log.entity.js';
import { RemoteServer } from './remote-server.entity.js';

/** Switches registrations off and on. Whether that may be done is for the caller to know; nodes hear of it from the database. */
@Injectable()
export class ServerActivation {
  constructor(@Inject(Clock) private readonly clock: Clock) {}

  /** Switches a registration off or on, in the caller's transaction; false where it was so already. */
  async setDeactivated(tx: EntityManager, serverId: string, deactivated: boolean): Promise<boolean> {
    const now = this.clock.now();
    const { affected } = await tx.update(
      RemoteServer,
      { id: serverId, deactivated: !deactivated },
      { deactivated, updatedAt: now },
    );
    if (affected !== 1) return false;
    await tx.insert(ServerAuditLog, {
      serverId,
      eventTime: now,
      eventType: deactivated ? AUDIT_EVENT.serverDeactivated : AUDIT_EVENT.serverReactivated,
    });
    return true;
  }
}
