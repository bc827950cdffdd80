import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RegistrationModule } from '../../registration/registration.module.js';
import { ChartSubjectReadModel } from '../charts/chart-subject.read-model.js';
import { EntityCharts } from '../charts/entity-charts.js';
import { OverviewController } from '../charts/overview.controller.js';
import { ServiceCharts } from '../charts/service-charts.js';
import { StatsController } from '../charts/stats.controller.js';
import { DailyTotal } from '../totals/daily-total.entity.js';
import { DailyTotals } from '../totals/daily-totals.js';
import { UsageController } from './usage.controller.js';
import { UsageReadModel } from './usage.read-model.js';
import { UsageFigure } from './usage-figure.entity.js';
import { UsageFigures } from './usage-figures.js';
import { UsageRun } from './usage-run.entity.js';
import { UsageRuns } from './usage-runs.js';
import { UsageUpkeep } from './usage-upkeep.job.js';

/** Entities of this module, for the comparison of code and schema. */
export const usageEntities = [UsageFigure, DailyTotal, UsageRun] as const;

/** Who uses the service, how much, and how that went over time. */
@Module({
  imports: [TypeOrmModule.forFeature([...usageEntities]), RegistrationModule],
  controllers: [OverviewController, UsageController, StatsController],
  providers: [
    UsageFigures,
    UsageReadModel,
    UsageRuns,
    UsageUpkeep,
    DailyTotals,
    ServiceCharts,
    EntityCharts,
    ChartSubjectReadModel,
  ],
  exports: [UsageFigures, UsageReadModel, DailyTotals],
})
export class UsageModule {}
