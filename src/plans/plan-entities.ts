import { InvoiceEmailChange } from './contact/invoice-email-change.entity.js';
import { Customer } from './customers/customer.entity.js';
import { PlanOffer } from './customers/plan-offer.entity.js';
import { RealmBillingUser } from './customers/realm-billing-user.entity.js';
import { ServerBillingUser } from './customers/server-billing-user.entity.js';
import { SponsorshipRequest } from './customers/sponsorship-request.entity.js';
import { StripeEvent } from './customers/stripe-event.entity.js';
import { StripeInvoice } from './customers/stripe-invoice.entity.js';
import { StripeSession } from './customers/stripe-session.entity.js';
import { BalanceCredit } from './ledger/balance-credit.entity.js';
import { InvoiceBuild } from './ledger/invoice-build.entity.js';
import { LicenseLedger } from './ledger/license-ledger.entity.js';
import { Plan } from './ledger/plan.entity.js';
import { StripeReconciliation } from './reconciliation/stripe-reconciliation.entity.js';

/** Entities of billing. */
export const planEntities = [
  Customer,
  PlanOffer,
  SponsorshipRequest,
  RealmBillingUser,
  ServerBillingUser,
  StripeSession,
  StripeInvoice,
  StripeEvent,
  Plan,
  LicenseLedger,
  InvoiceBuild,
  BalanceCredit,
  InvoiceEmailChange,
  StripeReconciliation,
] as const;
