/** What goes wrong with an API call. */
export type FaultKind =
  /** The connection breaks before anything was done. */
  | 'drop-before'
  /** Everything is done, then the connection breaks: the client never sees the answer. */
  | 'drop-after'
  /** The call waits before anything is done; its idempotency key is in use meanwhile. */
  | 'delay-before'
  /** Everything is done, then the answer is late. */
  | 'delay-after'
  /** 429, nothing was done. */
  | 'rate-limit'
  /** 500, nothing was done, and the idempotency key is not used up. */
  | 'error-before'
  /** 500 although everything was done; the same key gets the same 500 again. */
  | 'error-after';

/** One trouble that was ordered. */
export interface Fault {
  readonly kind: FaultKind;
  /** Which calls, as in the table of routes: `POST /v1/invoices/:id/pay`. Without it: any. */
  readonly endpoint?: string;
  /** How many calls pass unharmed first. */
  readonly skip?: number;
  /** How many calls are hit, 1 unless given. */
  readonly times?: number;
  /** For the delays. */
  readonly delayMs?: number;
}

/** The troubles that are ordered; each call takes the first one that fits. */
export class Faults {
  private readonly orders: { readonly fault: Fault; skip: number; left: number }[] = [];

  add(...faults: Fault[]): this {
    for (const fault of faults) this.orders.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 });
    return this;
  }

  clear(): void {
    this.orders.length = 0;
  }

  /** The trouble for one call, used up by asking. */
  take(endpoint: string): Fault | undefined {
    for (const order of this.orders) {
      if (order.left === 0 || (order.fault.endpoint !== undefined && order.fault.endpoint !== endpoint)) continue;
      if (order.skip > 0) {
        order.skip -= 1;
        continue;
      }
      order.left -= 1;
      return order.fault;
    }
    return undefined;
  }
}
