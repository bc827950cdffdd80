import { Global, Module } from '@nestjs/common';
import { OperatorAccountsModule } from '../accounts/operator-accounts.module.js';
import { AccountController } from './account.controller.js';
import { LinkController } from './link.controller.js';
import { LoginController } from './login.controller.js';
import { OpenIdController } from './open-id.controller.js';
import { OpenIdProvider } from './open-id-provider.js';
import { OperatorGuard } from './operator.guard.js';
import { OperatorSessions } from './operator-session.js';
import { SecondFactorSetup } from './second-factor-setup.js';

/** How operators get in, and the guard that keeps everybody else out of their pages. */
@Global()
@Module({
  imports: [OperatorAccountsModule],
  controllers: [LoginController, LinkController, OpenIdController, AccountController],
  providers: [OperatorSessions, OperatorGuard, OpenIdProvider, SecondFactorSetup],
  exports: [OperatorSessions, OperatorGuard],
})
export class OperatorLoginModule {}
