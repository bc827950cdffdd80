import { type DynamicModule, Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChangeListener } from './change-listener.js';
import { dataSourceOptions } from './data-source.js';
import { HotPool } from './hot-pool.js';
import { JobRun } from './jobs/job-run.entity.js';
import { JobRuns } from './jobs/job-runs.js';

/** Closes the hot connections after the application has stopped taking requests. */
@Injectable()
class DatabaseShutdown implements OnApplicationShutdown {
  constructor(
    @Inject(HotPool) private readonly pool: HotPool,
    @Inject(ChangeListener) private readonly listener: ChangeListener,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.listener.close();
    await this.pool.close();
  }
}

/** The database for the whole application: TypeORM for what is cold, a pool of prepared statements for what is hot. */
@Global()
@Module({})
export class DatabaseModule {
  static forRoot(url: string): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRoot({ ...dataSourceOptions(url), autoLoadEntities: true, retryAttempts: 3, retryDelay: 500 }),
        TypeOrmModule.forFeature([JobRun]),
      ],
      providers: [
        { provide: HotPool, useFactory: () => new HotPool(url) },
        { provide: ChangeListener, useFactory: () => new ChangeListener(url) },
        DatabaseShutdown,
        JobRuns,
      ],
      exports: [HotPool, ChangeListener, JobRuns],
    };
  }
}
