/** Why billing stopped at something that only a person can set right. */
export type FaultReason =
  /** Invoicing of the plan was cut off, and nothing says how far it had come. */
  | 'invoicing-cut-off'
  /** The plan is to be billed, and Stripe does not know its customer. */
  | 'no-stripe-customer'
  /** Stripe has not got what it should have. */
  | 'invoice-lost'
  /** Somebody paid for another amount than was asked for. */
  | 'amount-differs';

/** Something about a customer's billing contradicts itself. The message is the reason alone. */
export class BillingFault extends Error {
  override readonly name = 'BillingFault';

  constructor(readonly reason: FaultReason) {
    super(reason);
  }
}
