import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RateLimitModule } from '../protocol/rate-limit/rate-limit.module.js';
import { BrowserSession } from './browser-session.entity.js';
import { Forgery } from './forgery/forgery.js';
import { PageRenderer } from './pages/page-renderer.js';
import { SessionUpkeep } from './store/session-upkeep.job.js';
import { TryThrottle } from './throttle/try-throttle.js';

/** Entities of this module, for the comparison of code and schema. */
export const sessionsEntities = [BrowserSession] as const;

/** What every site that people open in a browser stands on. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([...sessionsEntities]), RateLimitModule],
  providers: [Forgery, PageRenderer, SessionUpkeep, TryThrottle],
  exports: [Forgery, PageRenderer, TryThrottle],
})
export class SessionsModule {}
