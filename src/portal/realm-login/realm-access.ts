import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { PlanManagements } from '../../plans/moving/plan-management.js';
import { PlanMove } from '../../plans/moving/plan-move.js';
import type { Page } from '../../sessions/pages/page.js';
import type { FoundEntity } from '../identity/portal-entities.js';
import { unavailablePage } from '../login/login-pages.js';

/** Whether the plan of an organization can be managed at all. */
@Injectable()
export class RealmAccess {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(PlanMove) private readonly move: PlanMove,
    @Inject(PlanManagements) private readonly managements: PlanManagements,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /**
   * Moves the plan of the server to its only organization, if there is one to be moved. Answers the page that says that the server's
   * plan is for all its organizations, where that stays so.
   *
   * @throws AppError `portal.deactivated`, `billing.not-reconciled`
   */
  async prepare(entity: FoundEntity): Promise<Page | undefined> {
    if (entity.isDeactivated) {
      throw new AppError('portal.deactivated', { support: this.settings.mail.supportEmail });
    }
    const { holder } = entity;
    if (!('realmId' in holder)) throw new Error('only for realms');
    const management = await this.database.transaction(async (tx) => {
      await this.move.move(tx, holder.realmId);
      return this.managements.ofRealm(tx, holder.realmId);
    });
    return management.available ? undefined : unavailablePage(entity, management.because, management.planName);
  }
}
