import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Actor } from '../../registration/audit/audit-notes.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { refusal } from '../catalogue/refusals.js';
import type { BillableTier } from '../catalogue/tiers.js';
import { Customers } from '../customers/customers.js';
import { SESSION_TYPE, StripeSession } from '../customers/stripe-session.entity.js';
import { BillingGateway } from '../stripe/billing-gateway.js';
import { NewCustomers } from './new-customers.js';
import { actorColumns } from './new-purchases.js';
import { ProviderErrors } from './provider-errors.js';

/** Where somebody wants to enter a card, and where they come from. */
export interface CardSetupRequest {
  readonly from:
    | { readonly page: 'billing' }
    | { readonly page: 'upgrade'; readonly tier: BillableTier; readonly manual: boolean; readonly email: string };
  /** `{CHECKOUT_SESSION_ID}` in it becomes the id of the visit. */
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly actor?: Actor;
}

/** Visits to the provider's page on which somebody enters a card. */
@Injectable()
export class CardSetups {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(BillingGateway) private readonly gateway: BillingGateway,
    @Inject(Customers) private readonly customers: Customers,
    @Inject(NewCustomers) private readonly newCustomers: NewCustomers,
    @Inject(ProviderErrors) private readonly errors: ProviderErrors,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /**
   * Opens a visit. From the upgrade page, the server or realm becomes a customer by it.
   *
   * @throws AppError `no-stripe-customer` from the billing page, where there is none
   */
  start(holder: Registrant, request: CardSetupRequest): Promise<{ readonly url: string; readonly id: string }> {
    return this.errors.translated(() => this.open(holder, request));
  }

  private async open(holder: Registrant, request: CardSetupRequest) {
    const { from, successUrl, cancelUrl, actor } = request;
    const isUpgrade = from.page === 'upgrade';
    const stripeId = isUpgrade
      ? await this.newCustomers.atStripe(holder, from.email, actor)
      : await this.knownAtStripe(holder);
    const user = actor && 'billingUserId' in actor ? actor.billingUserId : undefined;
    const whose = 'realmId' in holder ? 'remote_realm_user_id' : 'remote_server_user_id';
    const visit = await this.gateway.startCardSetup(
      {
        customerId: stripeId,
        ...{ successUrl, cancelUrl },
        updatesCustomer: isUpgrade,
        metadata: { type: 'card_update', ...(user ? { [whose]: user } : {}) },
      },
      // Each visit is one of its own; nothing is charged.
      `card_setup:${randomUUID()}`,
    );
    await this.database.transaction(async (tx) => {
      const owner = await this.customers.lockOf(tx, holder);
      if (!owner) throw refusal('no-customer');
      await tx.insert(StripeSession, {
        customerId: owner.customer.id,
        stripeSessionId: visit.id,
        type: isUpgrade ? SESSION_TYPE.cardUpdateFromUpgradePage : SESSION_TYPE.cardUpdateFromBillingPage,
        isManualLicenseManagementUpgradeSession: isUpgrade && from.manual,
        tier: isUpgrade ? from.tier : null,
        ...actorColumns(owner, actor),
        createdAt: this.clock.now(),
      });
    });
    return { url: visit.url ?? '', id: visit.id };
  }

  private async knownAtStripe(holder: Registrant): Promise<string> {
    const owner = await this.database.transaction((tx) => this.customers.lockOf(tx, holder));
    const id = owner?.customer.stripeCustomerId;
    if (!id) throw refusal('no-stripe-customer');
    return id;
  }
}
