import { tierName } from '../../plans/catalogue/tiers.js';
import type { InvoiceReply, SessionReply } from '../../plans/purchase/event-statuses.js';
import { query } from '../upgrade/upgrade-view.js';

/** What the page that waits does next. */
export type EventOutcome =
  | { readonly kind: 'wait' }
  /** Goes on to an address; without a message, a plan was paid for. */
  | { readonly kind: 'done'; readonly address: string; readonly message?: string }
  /** Tells what went wrong. @property retry where to try again */
  | { readonly kind: 'failed'; readonly message: string; readonly retry?: string };

/** How an answer about a card or an invoice ends the waiting, if it does. @param base where the pages of the customer are */
export function outcomeOf(reply: SessionReply | InvoiceReply, base: string): EventOutcome {
  return 'session' in reply ? ofSession(reply.session, base) : ofInvoice(reply.stripe_invoice, base);
}

function ofSession(session: SessionReply['session'], base: string): EventOutcome {
  const { event_handler: handler, type, tier } = session;
  const manual = session.is_manual_license_management_upgrade_session;
  const isUpgrade = type === 'card_update_from_upgrade_page' && tier !== null;
  const address = isUpgrade ? query(base, tier, { manual, byInvoice: false }) : `${base}/billing/`;
  if (handler?.status === 'failed') {
    return { kind: 'failed', message: handler.error?.message ?? 'The card was not accepted.', retry: address };
  }
  if (handler?.status !== 'succeeded') return { kind: 'wait' };
  const message = isUpgrade ? `Your card is on file. You can buy ${tierName(tier)} now.` : 'Your card was updated.';
  return { kind: 'done', address, message };
}

function ofInvoice({ status, event_handler: handler }: InvoiceReply['stripe_invoice'], base: string): EventOutcome {
  if (status === 'void') {
    return {
      kind: 'failed',
      message: 'The invoice was cancelled, and nothing was charged.',
      retry: `${base}/upgrade/`,
    };
  }
  if (handler?.status === 'failed') {
    return { kind: 'failed', message: handler.error?.message ?? 'Your payment could not be processed.' };
  }
  if (status !== 'paid' || handler?.status !== 'succeeded') return { kind: 'wait' };
  return { kind: 'done', address: `${base}/billing/` };
}
