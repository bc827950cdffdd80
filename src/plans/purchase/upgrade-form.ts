import { z } from 'zod';
import { integer, jsonField } from '../../protocol/wire-types.js';
import { SCHEDULE } from '../catalogue/plan-status.js';
import { type BillableTier, TIER } from '../catalogue/tiers.js';
import type { PurchaseRequest, PurchaseResult } from './purchase-request.js';

/** Any tier that there is: whether it can be bought is decided with the plan in sight. */
const tier = jsonField(integer().pipe(z.literal([101, 102, 103, 104, 105])));

/** The fields of a purchase. Numbers are JSON text. */
export const upgradeForm = z.object({
  billing_modality: z.enum(['charge_automatically', 'send_invoice']),
  schedule: z.enum(['annual', 'monthly']),
  signed_seat_count: z.string(),
  salt: z.string(),
  license_management: z.enum(['automatic', 'manual']).optional(),
  licenses: jsonField(integer()).optional(),
  tier: tier.optional(),
  /** Only `billing_cycle_end_date` means anything: when complimentary access ends. */
  remote_server_plan_start_date: z.string().optional(),
});

/** The fields of a request to enter a card from the upgrade page. */
export const cardSetupForm = z.object({
  tier: jsonField(integer().pipe(z.literal([TIER.basic, TIER.business]))),
  manual_license_management: jsonField(z.boolean()).optional(),
});

/** What the fields ask to buy. @param email where Stripe sends invoices, for a new customer */
export function toPurchaseRequest(form: z.output<typeof upgradeForm>, email: string): PurchaseRequest {
  return {
    // Others are refused in words that name the plan which is there.
    tier: (form.tier ?? TIER.business) as BillableTier,
    schedule: form.schedule === 'annual' ? SCHEDULE.annual : SCHEDULE.monthly,
    chargeAutomatically: form.billing_modality === 'charge_automatically',
    management: form.license_management,
    licenses: form.licenses,
    signedUsers: form.signed_seat_count,
    salt: form.salt,
    startsAtPlanEnd: form.remote_server_plan_start_date === 'billing_cycle_end_date',
    email,
  };
}

/** What a page is answered that has bought something. */
export function purchaseReply(
  result: PurchaseResult,
): { readonly stripe_invoice_id: string } | { readonly organization_upgrade_successful: true } {
  if (result.kind === 'invoice') return { stripe_invoice_id: result.stripeInvoiceId };
  return { organization_upgrade_successful: true };
}
