import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { refusal } from '../catalogue/refusals.js';
import { Customer } from '../customers/customer.entity.js';
import { nameOf } from '../invoicing/billing-notices.js';
import { ProviderErrors } from '../purchase/provider-errors.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import type { NewPortalVisit } from '../stripe/billing-objects.js';

/** Ways to the pages that Stripe itself shows to customers (docs.stripe.com/customer-management). */
@Injectable()
export class BillingLinks {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(ProviderErrors) private readonly errors: ProviderErrors,
  ) {}

  /** Where past invoices are. The address is for one visit. @throws AppError `no-stripe-customer` for who has none */
  invoices(holder: Registrant, returnUrl: string): Promise<string> {
    return this.visit(holder, 'invoice-history', returnUrl, 'Invoices of');
  }

  /** Where name, address and e-mail of who gets invoices are changed. @throws AppError `no-stripe-customer` */
  contactDetails(holder: Registrant, returnUrl: string): Promise<string> {
    return this.visit(holder, 'contact-details', returnUrl, 'Billing details of');
  }

  private async visit(
    holder: Registrant,
    purpose: NewPortalVisit['purpose'],
    returnUrl: string,
    about: string,
  ): Promise<string> {
    const { manager } = this.database;
    const customerId = (await manager.findOneBy(Customer, holder))?.stripeCustomerId;
    if (!customerId) throw refusal('no-stripe-customer');
    // Stripe takes at most 60 characters as a headline.
    const headline = `${about} ${(await nameOf(manager, holder)).name}`.slice(0, 60);
    const visit = { customerId, purpose, returnUrl, headline };
    return this.errors.translated(() => this.gateway.startPortalVisit(visit, `portal:${randomUUID()}`));
  }
}
