import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Actor } from '../../registration/audit/audit-notes.js';
import { type ActivationChange, ServerActivation } from '../../registration/servers/server-activation.js';
import { Debts } from './debts.js';

/** Ends registrations, at their server's wish or an operator's, and takes them up again. Nothing is deleted. */
@Injectable()
export class DeactivationService {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(ServerActivation) private readonly activation: ServerActivation,
    @Inject(Debts) private readonly debts: Debts,
  ) {}

  /**
   * Ends a registration; false where it has ended already. Its key is refused from then on.
   *
   * @throws AppError where something is owed
   */
  deactivate(serverId: string, why: ActivationChange = { reason: 'owner_request' }): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      await this.debts.refuseIfOwing(tx, serverId);
      return this.activation.setDeactivated(tx, serverId, true, why);
    });
  }

  /** Takes a registration up again; false where it has not ended. */
  reactivate(serverId: string, actor?: Actor): Promise<boolean> {
    const why = actor ? { actor } : {};
    return this.database.transaction((tx) => this.activation.setDeactivated(tx, serverId, false, why));
  }
}
