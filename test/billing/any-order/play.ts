import { BillingUpkeep } from '../../../src/plans/purchase/billing-upkeep.job.js';
import { anEvent, roles } from '../../analytics/uploads.js';
import type { BillingWorld, Organization } from '../../support/billing.js';
import { type Book, type Invoice, isPaidTier, Refused } from './book.js';
import { onCustomer } from './changes.js';
import { follow } from './cycles.js';
import { type Both, operation } from './operations.js';
import { buy, paymentTold, type Wish } from './purchases.js';
import { HOURS, type Step } from './steps.js';

const GOOD = '4242424242424242';
const BAD = '4000000000000341';

/** One customer, as the service has it and as the book has it. */
export class Course {
  private isHeld = false;
  private readonly startedAt: number;

  constructor(
    readonly world: BillingWorld,
    readonly someone: Organization,
    readonly book: Book,
  ) {
    this.startedAt = book.now;
  }

  /** Lets one thing happen to both. @returns why both refuse it, in words of each */
  async play(step: Step): Promise<{ readonly expected: string; readonly actual: string }> {
    await this.seeCollections();
    if (this.isLeftOut(step)) return { expected: '', actual: '' };
    const [real, reckoned] = this.both(step);
    const actual = await attempt(real);
    if (!this.isHeld) await this.world.settled();
    const expected = await attempt(async () => reckoned());
    return { expected, actual };
  }

  /** Stripe tells of everything that it held back. */
  async releaseAll(): Promise<void> {
    await this.play({ do: 'events', how: 'oldest-first' });
    await this.play({ do: 'events', how: 'once' });
  }

  /** What Stripe collects by itself is observed, not reckoned. */
  private async seeCollections(): Promise<void> {
    const invoices = await this.someone.invoices();
    for (const [index, invoice] of this.book.invoices.entries()) {
      if (invoice.kind === 'pass' && invoice.atStripe === 'open' && invoices[index]?.status === 'paid') {
        invoice.atStripe = 'paid';
      }
    }
  }

  /** The course is two years long. */
  private isLeftOut(step: Step): boolean {
    return step.do === 'wait' && this.book.now + step.hours * 3_600_000 - this.startedAt > HOURS * 3_600_000;
  }

  private both(step: Step): Both {
    switch (step.do) {
      case 'buy':
        return this.buy(step);
      case 'pay':
        return this.pay(step.which);
      case 'upload':
        return this.upload(step.users);
      case 'wait':
        return this.wait(step);
      case 'upkeep':
        return this.upkeep();
      case 'card':
        return this.card(step.good);
      case 'events':
        return this.events(step.how);
      default:
        return operation(this.world, this.someone, this.book, step);
    }
  }

  private upkeep(): Both {
    return [
      async () => {
        this.passTime(660_000);
        await this.world.part(BillingUpkeep).run();
      },
      () => {
        for (const one of this.book.invoices) {
          if (one.kind === 'purchase' && one.card && one.atStripe === 'paid') paymentTold(this.book, one);
        }
      },
    ];
  }

  private card(good: boolean): Both {
    const { stripe } = this.world;
    return [
      async () => stripe.giveCard((await this.someone.customer()).stripe_customer_id, good ? GOOD : BAD),
      () => {
        this.book.goodCard = good;
      },
    ];
  }

  private wait({ hours, uploads }: Extract<Step, { do: 'wait' }>): Both {
    const [upload, follows] = this.upload([]);
    return [
      async () => {
        this.passTime(hours * 3_600_000);
        if (uploads) await upload();
      },
      () => {
        if (uploads) follows();
      },
    ];
  }

  private buy(step: Extract<Step, { do: 'buy' }>): Both {
    const { world, book, someone } = this;
    const { tier, schedule, card, auto, extra, atEnd } = step;
    const licenses = Math.max(1, (book.reported.at(-1)?.users ?? 1) + extra);
    const wish: Wish = { tier, schedule, card, auto, licenses, startsAtPlanEnd: atEnd };
    const isLost = step.lost && card && !this.isHeld;
    return [
      async () => {
        if (isLost) world.stripe.webhooks.rule('invoice.paid', { times: 0 });
        try {
          await someone.buys({
            ...{ tier: tier as 103, schedule, chargeAutomatically: card, startsAtPlanEnd: atEnd },
            ...{ management: auto ? 'automatic' : 'manual', licenses: auto && card ? undefined : licenses },
          });
        } finally {
          await world.stripe.webhooks.idle();
          if (isLost) world.stripe.webhooks.rule('invoice.paid', {});
        }
      },
      () => {
        if (!isPaidTier(tier)) {
          onCustomer(book, () => {
            throw new Refused('not-upgradable');
          });
        }
        buy(book, wish, !book.goodCard, (invoice) => this.tell(invoice, isLost));
      },
    ];
  }

  /** Somebody pays an open invoice that was mailed to them. */
  private pay(which: number): Both {
    const open = this.book.invoices.filter(({ card, atStripe }) => !card && atStripe === 'open');
    const invoice = open[which % Math.max(1, open.length)];
    if (!invoice) return [async () => undefined, () => undefined];
    const index = this.book.invoices.indexOf(invoice);
    return [
      async () => this.world.stripe.payHostedInvoice((await this.someone.invoices())[index]?.id ?? ''),
      () => {
        invoice.atStripe = 'paid';
        this.tell(invoice, false);
      },
    ];
  }

  private tell(invoice: Invoice, isLost: boolean): void {
    if (this.isHeld) this.book.untold.push(invoice);
    else if (!isLost) paymentTold(this.book, invoice);
  }

  private events(how: Extract<Step, { do: 'events' }>['how']): Both {
    const { webhooks } = this.world.stripe;
    if (how === 'twice' || how === 'once') {
      return [
        async () =>
          webhooks
            .rule('*', { times: how === 'twice' ? 2 : 1 })
            .rule('invoice.paid', { times: how === 'twice' ? 3 : 1 }),
        () => undefined,
      ];
    }
    if (how === 'hold') {
      this.isHeld = true;
      return [async () => webhooks.hold(), () => undefined];
    }
    this.isHeld = false;
    return [
      () => webhooks.release(how),
      () => {
        const { book } = this;
        // What is rolled back is copied, so the payments are found again by their place.
        const places = book.untold.map((invoice) => book.invoices.indexOf(invoice));
        book.untold = [];
        for (const place of how === 'oldest-first' ? places : places.reverse()) {
          const invoice = book.invoices[place];
          if (invoice) paymentTold(book, invoice);
        }
      },
    ];
  }

  private upload(users: readonly number[]): Both {
    const { book, someone } = this;
    const since = book.reported.at(-1)?.at ?? book.now;
    const at = (i: number) => since + Math.floor(((book.now - since) * (i + 1)) / users.length / 250) * 250;
    const reported = users.map((count, i) => ({ at: at(i), users: count }));
    const events = reported.map((one) =>
      anEvent({ realm: someone.realm.id, event_time: one.at / 1000, extra_data: roles(0, 0, 0, one.users, 0) }),
    );
    return [
      () => someone.uploads(events),
      () => {
        book.reported.push(...reported);
        book.uploadedAt = book.now;
        if (events.length > 0 || book.kind === 'server') follow(book);
      },
    ];
  }

  private passTime(millis: number): void {
    this.book.now += millis;
    this.world.service.clock.set(new Date(this.book.now));
    this.world.stripe.advance();
  }
}

/** Why something is refused; nothing where it is done. */
async function attempt(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return '';
  } catch (error) {
    if (error instanceof Refused) return error.message;
    const { error_description: why } = (error as { extra?: { error_description?: string } }).extra ?? {};
    return why ?? `${(error as Error).stack}`;
  }
}
