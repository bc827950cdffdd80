import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { AUDIT_EVENT } from '../audit/audit-event.js';
import { type Actor, AuditNotes } from '../audit/audit-notes.js';
import { RemoteServer } from './remote-server.entity.js';

/** Who switched a registration off or on, and why it was switched off. */
export interface ActivationChange {
  readonly actor?: Actor;
  readonly reason?: 'owner_request' | 'tos_violation';
}

/** Switches registrations off and on. Whether that may be done is for the caller to know; nodes hear of it from the database. */
@Injectable()
export class ServerActivation {
  constructor(
    @Inject(Clock) private readonly clock: Clock,
    @Inject(AuditNotes) private readonly audit: AuditNotes,
  ) {}

  /** Switches a registration off or on, in the caller's transaction; false where it was so already. */
  async setDeactivated(
    tx: EntityManager,
    serverId: string,
    deactivated: boolean,
    { actor, reason }: ActivationChange = {},
  ): Promise<boolean> {
    const now = this.clock.now();
    const { affected } = await tx.update(
      RemoteServer,
      { id: serverId, deactivated: !deactivated },
      { deactivated, updatedAt: now },
    );
    if (affected !== 1) return false;
    const event = deactivated ? AUDIT_EVENT.serverDeactivated : AUDIT_EVENT.serverReactivated;
    await this.audit.note(tx, { serverId }, event, reason ? { deactivation_reason: reason } : {}, actor);
    return true;
  }
}
