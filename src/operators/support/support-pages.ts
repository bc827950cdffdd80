import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { AuditLogReadModel } from '../logs/audit-log.read-model.js';
import { PeakVolumeReadModel } from '../peak-volume/peak-volume.read-model.js';
import { UsageFigures } from '../usage/usage-figures.js';
import { CustomerFactsReadModel } from './customer-facts.read-model.js';
import { EntityFactsReadModel } from './entity-facts.read-model.js';
import { PushFactsReadModel } from './push-facts.read-model.js';
import { searchOf } from './support-query.js';
import { SupportSearch } from './support-search.js';
import { serverViews } from './support-view.js';

/** Puts together what the support page shows. The number of statements does not depend on what is found. */
@Injectable()
export class SupportPages {
  constructor(
    @Inject(SupportSearch) private readonly search: SupportSearch,
    @Inject(EntityFactsReadModel) private readonly entities: EntityFactsReadModel,
    @Inject(CustomerFactsReadModel) private readonly customers: CustomerFactsReadModel,
    @Inject(PushFactsReadModel) private readonly pushes: PushFactsReadModel,
    @Inject(PeakVolumeReadModel) private readonly peaks: PeakVolumeReadModel,
    @Inject(AuditLogReadModel) private readonly log: AuditLogReadModel,
    @Inject(UsageFigures) private readonly figures: UsageFigures,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** What a search finds: views of the servers of a page, and how many servers there are altogether. */
  async find(text: string, page: number, mayAct: boolean): Promise<{ servers: readonly object[]; count: number }> {
    if (text === '') return { servers: [], count: 0 };
    await this.figures.refreshChanged();
    const found = await this.search.find(searchOf(text), page);
    if (found.serverIds.length === 0) return { servers: [], count: found.count };
    const entities = await this.entities.of(found);
    const realmServers = entities.realms.map(({ server_id: id }) => id);
    const realmIds = entities.realms.map(({ id }) => id);
    const facts = {
      ...entities,
      customers: await this.customers.of(found),
      pushes: await this.pushes.of({ ...found, realmIds }, realmServers),
      peaks: await this.peaks.ofServers(found.serverIds),
      events: await this.log.latest(found.serverIds),
    };
    const { auditLogStaleHours: staleHours, freeUsers } = this.settings.plans;
    const servers = serverViews(facts, { now: this.clock.now(), staleHours, freeUsers, mayAct });
    return { servers, count: found.count };
  }
}
