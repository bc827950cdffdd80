import { AppError } from '../../common/errors.js';

/** Why billing does not do what somebody asks, in words for them; `{placeholders}` are filled in. */
const REFUSALS = {
  'card-missing': 'Please add a credit card {purpose}.',
  'not-upgradable': 'You cannot upgrade from {from} to {to}.',
  'already-subscribed': 'Your organization already has the plan {from}. Please contact support about this payment.',
  'upgrade-scheduled': 'An upgrade is scheduled already. Please cancel it first.',
  'payment-pending': 'A payment for your organization is being processed. Please wait a moment.',
  superseded: 'This invoice was replaced by another one.',
  'management-missing': 'Please choose automatic or manual license management.',
  'too-few-licenses': 'You must purchase licenses for all active users in your organization (minimum {minimum}).',
  'too-many-licenses': 'No more than {maximum} licenses can be purchased here. Please contact support.',
  'unknown-schedule': 'Please choose monthly or annual billing.',
  'nothing-to-change': 'There is nothing to change.',
  'no-plan': 'There is no plan to change.',
  'plan-ended': 'Unable to update the plan: your plan has ended.',
  'plan-replaced': 'Unable to update the plan: your plan has expired and been replaced with a new plan.',
  'change-not-possible': 'Your plan cannot be changed in this way.',
  'free-trial': 'Licenses cannot be added during a free trial.',
  'automatic-management': 'Your plan is on automatic license management.',
  cancelled: 'Your plan is being downgraded, so its licenses cannot be changed.',
  'already-on': 'Your plan is already on {licenses} licenses in the current billing period.',
  'already-scheduled-with': 'Your plan is already scheduled to renew with {licenses} licenses.',
  fewer: 'You cannot decrease the licenses in the current billing period.',
  'already-paid': "You've already purchased {licenses} licenses for the next billing period.",
  'paid-plan': 'The registration has a paid plan. Please cancel the plan first.',
  'sponsorship-pending': 'A sponsorship request is being reviewed already.',
  'event-not-named': 'Pass stripe_session_id or stripe_invoice_id.',
  'session-unknown': 'Session not found.',
  'invoice-not-yours': 'Invoice not found.',
  'invalid-email': 'Please enter a valid email address.',
  // To operators.
  'past-date': 'The date must lie in the future.',
  'live-plan': 'There is a live plan: {from}.',
  'plan-not-active': 'The plan is not active.',
  'realm-has-plan': 'An organization of this server has a plan.',
  'no-customer': 'There is no customer.',
  'no-stripe-customer': 'The customer is unknown to Stripe.',
  'on-paid-plan': 'The customer is on a paid plan.',
  'no-offer': 'No fixed price is configured.',
  'no-required-tier': 'Set the required plan tier first.',
  'not-billable': 'The tier cannot be bought.',
  'discount-set': 'Remove the discount first.',
  'no-discount': 'Set a discount first.',
  'price-missing': 'Both prices are needed, the monthly and the annual one.',
  'deactivated-already': 'The registration is deactivated.',
  'invalid-amount': 'Amounts are whole numbers that are neither negative nor too large to be charged.',
  'same-tier': 'The plan has this tier already.',
  'no-end-date': 'The current plan has no end date.',
  'invoices-outstanding': 'Not all invoices of the current plan have been processed.',
  'offer-exists': 'A fixed price is configured already.',
  'invoice-unknown': 'Stripe has no such invoice.',
  'invoice-not-open': 'The invoice is not open.',
  'invoice-of-another': 'The invoice is for another customer.',
  'stripe-customer-unknown': 'Stripe has no such customer.',
  'stripe-customer-taken': 'This customer of Stripe belongs to another server or organization.',
  'stripe-customer-set': 'There is a customer of Stripe already: {id}. Confirm that it is to be replaced.',
  'stripe-customer-in-use': 'Invoices of the customer of Stripe that is there are not finished.',
} as const;

export type RefusalName = keyof typeof REFUSALS;

/** A refusal to be thrown: its text is for people, its name goes beside it as `error_description`. */
export function refusal(name: RefusalName, values: Readonly<Record<string, string | number>> = {}): AppError {
  const problem = REFUSALS[name].replace(/\{(\w+)\}/g, (whole: string, key: string) => String(values[key] ?? whole));
  return new AppError('billing.refused', { problem }, { error_description: name });
}

/** What people are told where they can do nothing about it. @param description for the log, and beside the text */
export function generalFailure(support: string, description: string): AppError {
  return new AppError('billing.failed', { support }, { error_description: description });
}

/** What goes beside the text of a refusal: its name. */
export function descriptionOf(error: AppError): string {
  const { error_description: description } = error.extra;
  return typeof description === 'string' ? description : error.errorName;
}
