import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { BrowserSession } from './browser-session.entity.js';
import { Forgery } from './forgery/forgery.js';
import { PageRenderer } from './pages/page-renderer.js';
import { SessionUpkeep } from './store/session-upkeep.job.js';

/** Entities of this module, for the comparison of code and schema. */
export const sessionsEntities = [BrowserSession] as const;

/** What every site that people open in a browser stands on. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([...sessionsEntities])],
  providers: [Forgery, PageRenderer, SessionUpkeep],
  exports: [Forgery, PageRenderer],
})
export class SessionsModule {}
