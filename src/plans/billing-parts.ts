import type { Provider } from '@nestjs/common';
import { ComplimentaryAccess } from './changes/complimentary-access.js';
import { Downgrades } from './changes/downgrades.js';
import { FixedPrices } from './changes/fixed-prices.js';
import { LicenseChanges } from './changes/license-changes.js';
import { NegotiatedTerms } from './changes/negotiated-terms.js';
import { NewPlans } from './changes/new-plans.js';
import { PlanProperties } from './changes/plan-properties.js';
import { PlanUpdates } from './changes/plan-updates.js';
import { PlanWork } from './changes/plan-work.js';
import { ScheduledPlans } from './changes/scheduled-plans.js';
import { TierChanges } from './changes/tier-changes.js';
import { TrialInvoices } from './changes/trial-invoices.js';
import { TrialSchedules } from './changes/trial-schedules.js';
import { BillingLinks } from './contact/billing-links.js';
import { CustomerLinks } from './contact/customer-links.js';
import { InvoiceEmails } from './contact/invoice-emails.js';
import { BillingUsers } from './customers/billing-users.js';
import { BalanceCredits } from './invoicing/balance-credits.js';
import { BillingNotices } from './invoicing/billing-notices.js';
import { InvoiceBuilder } from './invoicing/invoice-builder.js';
import { InvoiceBuilds } from './invoicing/invoice-builds.js';
import { InvoiceDrafts } from './invoicing/invoice-drafts.js';
import { InvoicingJob } from './invoicing/invoicing-job.js';
import { InvoicingPass } from './invoicing/invoicing-pass.js';
import { PaidTrials } from './invoicing/paid-trials.js';
import { PassEnd } from './invoicing/pass-end.js';
import { PlanInvoicing } from './invoicing/plan-invoicing.js';
import { BillingPages } from './overview/billing-pages.js';
import { OutstandingInvoices } from './overview/outstanding-invoices.js';
import { PaymentDetailsReader } from './overview/payment-details.js';
import { PlanOverviews } from './overview/plan-overviews.js';
import { UpgradePages } from './overview/upgrade-pages.js';
import { BillingUpkeep } from './purchase/billing-upkeep.job.js';
import { CardSetups } from './purchase/card-setups.js';
import { EventStatuses } from './purchase/event-statuses.js';
import { NewCustomers } from './purchase/new-customers.js';
import { NewPurchases } from './purchase/new-purchases.js';
import { OpenInvoices } from './purchase/open-invoices.js';
import { PaidInvoices } from './purchase/paid-invoices.js';
import { PaidPlans } from './purchase/paid-plans.js';
import { ProviderErrors } from './purchase/provider-errors.js';
import { PurchaseDecisions } from './purchase/purchase-decision.js';
import { Purchases } from './purchase/purchases.js';
import { StripeEffects } from './purchase/stripe-effects.js';
import { StripeEventHandler } from './purchase/stripe-event-handler.js';
import { StuckEvents } from './purchase/stuck-events.js';
import { UserCountSignature } from './purchase/user-count-signature.js';
import { CustomerComparison } from './reconciliation/customer-comparison.js';
import { InvoiceComparison } from './reconciliation/invoice-comparison.js';
import { Reconciliations } from './reconciliation/reconciliations.js';
import { Sponsorships } from './sponsorship/sponsorships.js';
import { BillingGateway } from './stripe/billing-gateway.js';
import { StripeBillingGateway } from './stripe/stripe-billing-gateway.js';
import { WebhookInbox } from './stripe/webhook-inbox.js';

/** What pages, commands and operators call to buy, change and invoice plans. */
export const billingServices = [
  Purchases,
  UserCountSignature,
  CardSetups,
  PlanUpdates,
  NegotiatedTerms,
  PlanProperties,
  ComplimentaryAccess,
  FixedPrices,
  TierChanges,
  Downgrades,
  Sponsorships,
  InvoicingJob,
  WebhookInbox,
  PlanOverviews,
  BillingPages,
  UpgradePages,
  EventStatuses,
  BillingLinks,
  InvoiceEmails,
  CustomerLinks,
  StuckEvents,
  Reconciliations,
  BillingUsers,
] as const;

/** Everything that money needs. */
export const billingParts: readonly Provider[] = [
  { provide: BillingGateway, useClass: StripeBillingGateway },
  ...billingServices,
  PlanWork,
  LicenseChanges,
  ScheduledPlans,
  TrialSchedules,
  TrialInvoices,
  NewPlans,
  InvoiceBuilds,
  InvoiceDrafts,
  InvoiceBuilder,
  BalanceCredits,
  PaidTrials,
  PassEnd,
  InvoicingPass,
  PlanInvoicing,
  BillingNotices,
  BillingUpkeep,
  NewCustomers,
  NewPurchases,
  OpenInvoices,
  PaidInvoices,
  PaidPlans,
  ProviderErrors,
  PurchaseDecisions,
  StripeEffects,
  StripeEventHandler,
  PaymentDetailsReader,
  OutstandingInvoices,
  CustomerComparison,
  InvoiceComparison,
];
