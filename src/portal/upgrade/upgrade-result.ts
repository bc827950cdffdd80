import type { PlanOverview } from '../../plans/overview/plan-overview.js';
import type { PurchaseResult } from '../../plans/purchase/purchase-request.js';
import type { FormFields } from '../../protocol/form-body.js';
import { longDate } from '../../sessions/pages/formats.js';
import { tierOf } from './upgrade-fields.js';
import { query } from './upgrade-view.js';

/** Where somebody goes after a purchase, and what the page there tells them. */
export interface UpgradeResult {
  readonly address: string;
  readonly message: string | null;
}

/** @param overview how things stand now; it names the plan and its dates */
export function resultOf(
  base: string,
  fields: FormFields,
  result: PurchaseResult,
  overview: PlanOverview | undefined,
): UpgradeResult {
  const isInvoice = fields['billing_modality'] === 'send_invoice';
  if (result.kind !== 'invoice') {
    const message = result.kind === 'trial' ? trialMessage(overview, isInvoice) : scheduledMessage(overview);
    return { address: `${base}/billing/`, message };
  }
  if (isInvoice) {
    return {
      address: query(base, tierOf(fields), { manual: false, byInvoice: true }),
      message: 'The invoice was sent.',
    };
  }
  const id = encodeURIComponent(result.stripeInvoiceId);
  return { address: `${base}/billing/event_status/?stripe_invoice_id=${id}`, message: null };
}

function trialMessage(overview: PlanOverview | undefined, isInvoice: boolean): string {
  const live = overview?.live;
  if (!live?.trialEndsAt) return 'Your free trial has started.';
  const started = `Your free trial of ${live.name} has started. It ends on ${longDate(live.trialEndsAt)}`;
  return isInvoice ? `${started}; pay the invoice before that to keep the plan.` : `${started}.`;
}

function scheduledMessage(overview: PlanOverview | undefined): string {
  const next = overview?.next;
  if (!next) return 'Your upgrade is scheduled.';
  return `Your upgrade to ${next.name} is scheduled for ${longDate(next.startsAt)}.`;
}
