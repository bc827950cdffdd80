import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { HotPool } from '../database/hot-pool.js';

/** Asks the database for an answer, over the connections that pushes use. */
@Injectable()
export class DatabaseHealth {
  constructor(
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(HotPool) private readonly pool: HotPool,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('database');
    try {
      await this.pool.query('health', 'SELECT 1', []);
      return indicator.up();
    } catch {
      return indicator.down('the database does not answer');
    }
  }
}
