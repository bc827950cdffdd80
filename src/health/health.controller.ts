import { Controller, Get, Header, Inject, UseFilters } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheck, type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { DatabaseHealth } from './database.health.js';
import { HealthFilter } from './health.filter.js';
import { Readiness } from './readiness.js';

/** For load balancers and supervisors: does the process run, and does it want requests. */
@ApiTags('Health')
@Controller('health')
@UseFilters(HealthFilter)
export class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
    @Inject(DatabaseHealth) private readonly database: DatabaseHealth,
    @Inject(Readiness) private readonly readiness: Readiness,
  ) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Whether the process runs' })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @HealthCheck()
  @ApiOperation({ summary: 'Whether the service can take requests; 503 names the part that fails' })
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () =>
        this.readiness.isStopping
          ? this.indicators.check('service').down('stopping')
          : this.indicators.check('service').up(),
      () => this.database.check(),
    ]);
  }
}
