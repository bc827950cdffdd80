import { Get, HttpCode, Inject, Post, Req, UseGuards } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../common/errors.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import { descriptionOf } from '../../plans/catalogue/refusals.js';
import { TIER } from '../../plans/catalogue/tiers.js';
import { BillingLinks } from '../../plans/contact/billing-links.js';
import { formFields } from '../../protocol/request.js';
import { BrowserController } from '../../sessions/pages/browser-controller.decorator.js';
import { flash } from '../../sessions/pages/flash.js';
import { type Page, type Redirect, redirect, seeOther } from '../../sessions/pages/page.js';
import { withSlash } from '../../sessions/pages/with-slash.js';
import { BillingViews } from '../billing/billing-views.js';
import { CurrentEntity, type PortalEntity } from '../identity/current-entity.js';
import { PortalGuard } from '../identity/portal.guard.js';
import { query } from '../upgrade/upgrade-view.js';
import { CardUpdates } from './card-updates.js';
import { InvoiceEmailRequests } from './invoice-email-requests.js';

/** Ways to the pages of the payment provider: past invoices, billing details, the card. */
@BrowserController(['realm/:uuid', 'server/:uuid'])
@UseGuards(PortalGuard)
export class ProcessorPagesController {
  private readonly origin: string;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(BillingLinks) private readonly links: BillingLinks,
    @Inject(CardUpdates) private readonly cards: CardUpdates,
    @Inject(InvoiceEmailRequests) private readonly emails: InvoiceEmailRequests,
    @Inject(BillingViews) private readonly views: BillingViews,
  ) {
    this.origin = settings.http.portalUrl;
  }

  @Get(withSlash('invoices'))
  invoices(@Req() request: FastifyRequest, @CurrentEntity() { holder, base }: PortalEntity): Promise<Redirect> {
    const back = `${base}/billing/`;
    return this.orBack(request, back, async () => redirect(await this.links.invoices(holder, this.origin + back)));
  }

  @Get(withSlash('customer_portal'))
  customerPortal(@Req() request: FastifyRequest, @CurrentEntity() { holder, base }: PortalEntity): Promise<Redirect> {
    const fields = formFields(request);
    const tier = /^\d{1,4}$/.test(fields['tier'] ?? '') ? Number(fields['tier']) : TIER.business;
    const back =
      fields['return_to_billing_page'] === 'true'
        ? `${base}/billing/`
        : query(base, tier, {
            manual: fields['manual_license_management'] === 'true',
            byInvoice: fields['setup_payment_by_invoice'] === 'true',
          });
    return this.orBack(request, back, async () => {
      return redirect(await this.links.contactDetails(holder, this.origin + back));
    });
  }

  @Post(withSlash('billing/card'))
  card(@Req() request: FastifyRequest, @CurrentEntity() entity: PortalEntity): Promise<Redirect> {
    return this.orBack(request, `${entity.base}/billing/`, async () => seeOther((await this.cards.start(entity)).url));
  }

  /** Asks a new address for invoices; what is wrong with it is told beside the field. */
  @Post(withSlash('billing/email'))
  @HttpCode(200)
  async email(@Req() request: FastifyRequest, @CurrentEntity() entity: PortalEntity): Promise<Page | Redirect> {
    const email = formFields(request)['email'] ?? '';
    try {
      await this.emails.send(request, entity, email);
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 400) throw error;
      const problem = { about: 'email', text: error.clientMessage, entered: email } as const;
      return this.views.page(entity, await this.views.open(entity), problem);
    }
    flash(request, 'success', 'A link was sent to the new address. Invoices go there once it has been opened.');
    return seeOther(`${entity.base}/billing/`);
  }

  /** What is refused, or cannot be reached just now, is told on the page they came from. */
  private async orBack(request: FastifyRequest, back: string, work: () => Promise<Redirect>): Promise<Redirect> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError) || error.status !== 400) throw error;
      const isUnknown = descriptionOf(error) === 'no-stripe-customer';
      flash(
        request,
        'warning',
        isUnknown ? 'There is nothing to show yet: nothing has been bought.' : error.clientMessage,
      );
      return seeOther(back);
    }
  }
}
