import { setTimeout as sleep } from 'node:timers/promises';
import { SCHEDULE } from '../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { InvoicingJob } from '../../src/plans/invoicing/invoicing-job.js';
import type { PurchaseRequest } from '../../src/plans/purchase/purchase-request.js';
import { Purchases } from '../../src/plans/purchase/purchases.js';
import { UserCountSignature } from '../../src/plans/purchase/user-count-signature.js';
import type { Registrant } from '../../src/registration/registrants/registrant.js';
import { StripeStandIn } from '../../src/sandbox/stripe/stripe-stand-in.js';
import { anEvent, aRealm, roles, upload } from '../analytics/uploads.js';
import { addCustomer, type Columns, ledgerRows, part } from '../plans/billing-rows.js';
import { MovableClock } from './movable-clock.js';
import { T0 } from './sample-plan.js';
import { type TestServerRow, TestService } from './service.js';

const SECRET = 'whsec_test';
const KEY = 'sk_test_sandbox';

/** Mail leaves the outbox when it is sent; what was written is kept here. */
const KEEP_MAIL = `
  CREATE TABLE written_mail (id bigserial PRIMARY KEY, kind text, recipient text, subject text, text_body text);
  CREATE FUNCTION keep_mail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO written_mail (kind, recipient, subject, text_body) VALUES (NEW.kind, NEW.recipient, NEW.subject, NEW.text_body);
      RETURN NEW;
    END $$;
  CREATE TRIGGER keep_mail AFTER INSERT ON mail_outbox FOR EACH ROW EXECUTE FUNCTION keep_mail();`;

/** A clock that stands still until it is set: anchors and periods are what the test says, to the millisecond. */
class StandingClock extends MovableClock {
  private at = T0.getTime();

  override now(): Date {
    return new Date(this.at);
  }

  override set(instant: Date | string): void {
    this.at = new Date(instant).getTime();
  }

  override advance(seconds: number): void {
    this.at += seconds * 1_000;
  }
}

/** The service in front of a stand-in for Stripe, which tells it of everything; both live on one day. */
export class BillingWorld {
  private constructor(
    readonly service: TestService,
    readonly stripe: StripeStandIn,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<BillingWorld> {
    const clock = new StandingClock();
    const stripe = new StripeStandIn({ clock, secretKey: KEY });
    await stripe.start();
    const service = await TestService.start({
      env: {
        STRIPE_SECRET_KEY: KEY,
        STRIPE_WEBHOOK_SECRET: SECRET,
        STRIPE_API_ORIGIN: stripe.origin,
        BILLING_EMAIL: 'sales@zulip.test',
        FREE_TRIAL_DAYS: '0',
        ...env,
      },
    });
    // The stand-in's clock runs beside the service's: both are set together.
    service.clock.now = () => clock.now();
    service.clock.set = (at) => clock.set(at);
    service.clock.advance = (seconds) => clock.advance(seconds);
    await service.rows(KEEP_MAIL);
    stripe.webhooks.sendTo({ url: `${service.origin}/stripe/webhook/`, secret: SECRET });
    clock.set(T0);
    return new BillingWorld(service, stripe);
  }

  async stop(): Promise<void> {
    await this.stripe.stop();
    await this.service.stop();
  }

  /** Whom plans are for: a realm of a server, or the server itself, with so many users. */
  async organization(users: number, kind: 'realm' | 'server' = 'realm'): Promise<Organization> {
    const server = await this.service.addServer();
    const realm = aRealm();
    const organization = new Organization(this, server, realm, kind);
    await organization.hasUsers(users);
    return organization;
  }

  /** Invoices what is due by then, on that day. */
  async invoice(at: Date | string) {
    this.service.clock.set(at);
    return part(this.service, InvoicingJob).run(new Date(at));
  }

  part<T>(type: abstract new (...parts: never[]) => T): T {
    return part(this.service, type);
  }

  /** Waits until Stripe's events have arrived and were handled. */
  async settled(): Promise<void> {
    for (let i = 0; i < 200; i++) {
      await this.stripe.webhooks.idle();
      const open = await this.service.rows('SELECT 1 FROM stripe_events WHERE status < 40');
      if (open.length === 0) return;
      await sleep(50);
    }
    throw new Error('events of Stripe are not handled');
  }
}

/** One organization, its server, and what it buys. */
export class Organization {
  holder: Registrant = { serverId: '' };
  private seconds = 0;

  constructor(
    readonly world: BillingWorld,
    readonly server: TestServerRow,
    readonly realm: ReturnType<typeof aRealm>,
    readonly kind: 'realm' | 'server',
  ) {}

  /** Its server reports so many users, as of a time or of now. */
  async hasUsers(users: number, at = this.world.service.clock.now()): Promise<void> {
    this.seconds += 1;
    const event = anEvent({
      realm: this.realm.id,
      event_time: at.getTime() / 1_000,
      extra_data: roles(0, 0, 0, users, 0),
    });
    await this.uploads([event]);
  }

  /** Its server uploads, now. */
  async uploads(events: unknown[] = []): Promise<void> {
    const { service } = this.world;
    const answer = await upload(service, this.server, { realms: [this.realm], realmauditlog_rows: events });
    if (answer.status !== 200) throw new Error(`upload: ${answer.text}`);
    const [row] = await service.rows<{ id: string }>('SELECT id FROM remote_realms WHERE uuid = $1', [this.realm.uuid]);
    this.holder = this.kind === 'realm' ? { realmId: row?.id ?? '' } : { serverId: this.server.id };
  }

  /** Makes it a customer with these terms, at Stripe too, with a card that works unless another is named. */
  async isCustomer(terms: Columns = {}, card: string | null = '4242424242424242'): Promise<string> {
    const { service, stripe } = this.world;
    const stripeId = await this.atStripe();
    const months = { minimum_licenses: null, flat_discounted_months: 12 };
    const id = await addCustomer(service, this.holder, { ...months, stripe_customer_id: stripeId, ...terms });
    if (card !== null) stripe.giveCard(stripeId, card);
    return id;
  }

  private async atStripe(): Promise<string> {
    const answer = await fetch(`${this.world.stripe.origin}/v1/customers`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'email=ann%40zulip.test',
    });
    return ((await answer.json()) as { id: string }).id;
  }

  /** Asks to buy: Basic by the month by card, automatic, unless said otherwise. */
  async buys(request: Partial<PurchaseRequest> & { readonly shown?: number } = {}) {
    const { shown = 10, ...given } = request;
    const signed = this.world.part(UserCountSignature).sign(shown);
    return this.world.part(Purchases).buy(this.holder, {
      tier: TIER.basic,
      schedule: SCHEDULE.monthly,
      chargeAutomatically: true,
      management: 'automatic',
      licenses: undefined,
      startsAtPlanEnd: false,
      email: 'ann@zulip.test',
      ...signed,
      ...given,
    });
  }

  /** Buys, and waits until the plan is there. */
  async has(request: Parameters<Organization['buys']>[0] = {}) {
    const result = await this.buys(request);
    await this.world.settled();
    return result;
  }

  async customer(): Promise<Record<string, unknown> & { id: string; stripe_customer_id: string }> {
    const [column, id] =
      'realmId' in this.holder ? ['realm_id', this.holder.realmId] : ['server_id', this.holder.serverId];
    const [row] = await this.world.service.rows(`SELECT * FROM customers WHERE ${column} = $1`, [id]);
    if (!row) throw new Error('nobody is a customer');
    return row as never;
  }

  /** Its plans, oldest first. */
  async plans() {
    const rows = await this.world.service.rows('SELECT p.* FROM plans p WHERE customer_id = $1 ORDER BY id', [
      (await this.customer()).id,
    ]);
    return rows;
  }

  /** Its newest plan. */
  async plan(): Promise<Record<string, unknown> & { id: string }> {
    const plan = (await this.plans()).at(-1);
    if (!plan) throw new Error('there is no plan');
    return plan as never;
  }

  /** The ledger of the newest plan. */
  async ledger(): Promise<string[]> {
    return ledgerRows(this.world.service, (await this.plan()).id);
  }

  /** Kinds of the mail about it, oldest first. */
  async mails(): Promise<string[]> {
    const host = this.kind === 'realm' ? this.realm.host : this.server.hostname;
    const statement = 'SELECT kind FROM written_mail WHERE subject LIKE $1 ORDER BY id';
    return (await this.world.service.rows<{ kind: string }>(statement, [`%${host}%`])).map(({ kind }) => kind);
  }

  /** Its invoices at Stripe, oldest first. */
  async invoices() {
    return this.world.stripe.invoicesOf((await this.customer()).stripe_customer_id);
  }

  /** The lines of its newest invoice as short text: `11 × 350`, `-2000`. */
  async lines(invoice = -1): Promise<string[]> {
    const id = (await this.invoices()).at(invoice)?.id ?? '';
    return this.world.stripe.linesOf(id).map((line) => {
      const quantity = line.quantity ?? 1;
      return line.amount < 0 ? String(line.amount) : `${quantity} × ${line.amount / quantity}`;
    });
  }

  /** Periods of the lines of its newest invoice, as ISO 8601. */
  async periods(invoice = -1): Promise<string[]> {
    const id = (await this.invoices()).at(invoice)?.id ?? '';
    const iso = (seconds: number) => new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');
    return this.world.stripe.linesOf(id).map(({ period }) => `${iso(period.start)}/${iso(period.end)}`);
  }
}

/** The server uploads on that day, and invoicing runs. */
export async function invoiceOn(someone: Organization, at: Date) {
  someone.world.service.clock.set(at);
  await someone.uploads();
  return someone.world.invoice(at);
}

/** Somebody with a plan of so many users from now on. */
export async function withPlan(
  world: BillingWorld,
  users: number,
  request: Parameters<Organization['buys']>[0] = {},
  terms: Columns = {},
): Promise<Organization> {
  const someone = await world.organization(users);
  await someone.isCustomer(terms);
  await someone.has(request);
  return someone;
}

/** So many users are reported as of a time, at that time. */
export async function grows(someone: Organization, users: number, at: Date): Promise<void> {
  someone.world.service.clock.set(at);
  await someone.hasUsers(users, at);
}
