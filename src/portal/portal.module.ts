import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MailModule } from '../mail/mail.module.js';
import { PlansModule } from '../plans/plans.module.js';
import { PushModule } from '../push/push.module.js';
import { RegistrationModule } from '../registration/registration.module.js';
import { BillingController } from './billing/billing.controller.js';
import { BillingPageController } from './billing/billing-page.controller.js';
import { BillingViews } from './billing/billing-views.js';
import { DeactivationLinks } from './deactivation/deactivation-links.js';
import { DeactivationPageController } from './deactivation/deactivation-page.controller.js';
import { EventStatusController } from './event-status/event-status.controller.js';
import {
  RealmEventStatusController,
  ServerEventStatusController,
} from './event-status/event-status-page.controller.js';
import { PortalGuard } from './identity/portal.guard.js';
import { PortalEntities } from './identity/portal-entities.js';
import { Visitors } from './identity/visitors.js';
import { ConfirmationLinks } from './links/confirmation-links.js';
import { LinkMail } from './links/link-mail.entity.js';
import { LinkMailBudget, LinkMailLimits } from './links/link-mail-budget.js';
import { LogInMails } from './links/log-in-mails.js';
import { PortalLink } from './links/portal-link.entity.js';
import { UsedToken } from './links/used-token.entity.js';
import { UsedTokens } from './links/used-tokens.js';
import { Finalize } from './login/finalize.js';
import { Landing } from './login/landing.js';
import { LogoutController } from './login/logout.controller.js';
import { TermsOfService } from './login/terms-of-service.js';
import { PlansPageController } from './plans-page/plans-page.controller.js';
import { CardUpdates } from './processor-pages/card-updates.js';
import { InvoiceEmailController } from './processor-pages/invoice-email.controller.js';
import { InvoiceEmailRequests } from './processor-pages/invoice-email-requests.js';
import { ProcessorPagesController } from './processor-pages/processor-pages.controller.js';
import { PushStatusPageController } from './push-status/push-status-page.controller.js';
import { BillingAccessController } from './realm-login/billing-access.controller.js';
import { RealmAccess } from './realm-login/realm-access.js';
import { RealmLinkController } from './realm-login/realm-link.controller.js';
import { RealmLoginController } from './realm-login/realm-login.controller.js';
import { RealmTokens } from './realm-login/realm-token.js';
import { ServerCredentials } from './server-login/server-credentials.js';
import { ServerLinkController } from './server-login/server-link.controller.js';
import { ServerLoginController } from './server-login/server-login.controller.js';
import { SponsorshipController } from './sponsorship/sponsorship.controller.js';
import { SponsorshipPageController } from './sponsorship/sponsorship-page.controller.js';
import { UpgradeController } from './upgrade/upgrade.controller.js';
import { UpgradePageController } from './upgrade/upgrade-page.controller.js';
import { Upgrades } from './upgrade/upgrades.js';

/** Entities of this module, for the comparison of code and schema. */
export const portalEntities = [PortalLink, UsedToken, LinkMail] as const;

/** Plan management in the browser, for those who run Zulip servers. */
@Module({
  imports: [TypeOrmModule.forFeature([...portalEntities]), MailModule, RegistrationModule, PlansModule, PushModule],
  controllers: [
    ServerLinkController,
    ServerLoginController,
    RealmLinkController,
    RealmLoginController,
    BillingAccessController,
    LogoutController,
    DeactivationPageController,
    PlansPageController,
    PushStatusPageController,
    UpgradePageController,
    UpgradeController,
    EventStatusController,
    RealmEventStatusController,
    ServerEventStatusController,
    BillingPageController,
    BillingController,
    ProcessorPagesController,
    InvoiceEmailController,
    SponsorshipPageController,
    SponsorshipController,
  ],
  providers: [
    PortalEntities,
    Visitors,
    PortalGuard,
    LinkMailLimits,
    LinkMailBudget,
    ConfirmationLinks,
    UsedTokens,
    LogInMails,
    TermsOfService,
    Finalize,
    Landing,
    ServerCredentials,
    RealmTokens,
    RealmAccess,
    DeactivationLinks,
    Upgrades,
    BillingViews,
    CardUpdates,
    InvoiceEmailRequests,
  ],
  exports: [DeactivationLinks],
})
export class PortalModule {}
