import type { PaymentOutcome } from './billing-objects.js';
import type { BillingProblem } from './billing-problem.js';

/** Codes by which Stripe says that the card's holder must act (docs.stripe.com/error-codes). */
const AUTHENTICATION = ['invoice_payment_intent_requires_action', 'authentication_required'];

/** The outcome that a failed charge is, or undefined where it is a failure of another kind. */
export function refusal(problem: BillingProblem): PaymentOutcome | undefined {
  const { code, declineCode } = problem.detail;
  if (AUTHENTICATION.includes(code ?? '') || AUTHENTICATION.includes(declineCode ?? '')) {
    return {
      kind: 'needs-authentication',
      message: 'Your bank asks you to confirm this payment. Please pay on the invoice page, or add another card.',
    };
  }
  if (problem.kind === 'card') {
    return { kind: 'declined', message: problem.userMessage, reason: declineCode ?? code ?? 'unknown' };
  }
  if (problem.kind === 'refused' && (code === 'resource_missing' || code === 'missing')) {
    return { kind: 'no-payment-method', message: 'Please add a credit card first.' };
  }
  return undefined;
}
