import { SchedulerRegistry } from '@nestjs/schedule';
import type { StripeEvent } from '../../../src/sandbox/stripe/portal-objects.js';
import { signatureHeader } from '../../../src/sandbox/stripe/webhook-sender.js';
import { part } from '../../plans/billing-rows.js';
import { callApi } from '../api-client.js';
import { BillingWorld, type Organization } from '../billing.js';
import { CommitLine } from './commit-line.js';
import { Killed, KillPoints } from './kill-points.js';
import { OperatedService } from './operated-service.js';

const SECRET = 'whsec_test';
/** What Stripe is told to send. */
const EVENTS = ['checkout.session.completed', 'invoice.paid', 'invoice.voided'];

/**
 * A service in a process of its own, which is killed, between Stripe's stand-in and a database that both stay, and know of everything it
 * does. Another service on the same database, in this process, arranges what is to happen and looks at what came of it; it does nothing
 * by itself.
 */
export class Stage {
  readonly points = new KillPoints();
  /** Those who are held, and whom Stripe has told enough: the webhook is answered after a while, though its work goes on. */
  readonly held = new Set<Organization>();
  private readonly acknowledged = new Set<string>();
  private readonly line: CommitLine;
  private running: OperatedService | undefined;
  private standby: OperatedService | undefined;

  private constructor(readonly world: BillingWorld) {
    this.line = new CommitLine(world.service.databaseUrl, this.points);
  }

  static async start(): Promise<Stage> {
    const stage = new Stage(await BillingWorld.start({ FREE_TRIAL_DAYS: '30' }));
    const { service, stripe } = stage.world;
    const schedule = part(service, SchedulerRegistry);
    for (const name of schedule.getIntervals()) schedule.deleteInterval(name);
    for (const name of schedule.getCronJobs().keys()) schedule.deleteCronJob(name);
    stripe.onBefore(({ endpoint }) => stage.points.pass('before', endpoint));
    stripe.onAfter(({ endpoint }) => stage.points.pass('after', endpoint));
    await stage.line.start();
    await stage.restart();
    return stage;
  }

  async stop(): Promise<void> {
    await Promise.all([this.running?.kill(), this.standby?.kill()]);
    this.points.dead();
    await this.world.stop();
    await this.line.stop();
  }

  /** Tells the process to do something, now. */
  async tell<T>(
    module: string,
    type: abstract new (...parts: never[]) => T,
    method: keyof T & string,
    ...args: readonly unknown[]
  ): Promise<unknown> {
    return this.child.call({ module, part: type.name, method, args });
  }

  /** Where the process listens; it lives in the present from here on. */
  async origin(): Promise<string> {
    await this.child.call();
    return this.child.listening;
  }

  /** Kills the process, where it is. */
  async kill(): Promise<void> {
    await this.running?.kill();
    this.points.dead();
    this.held.clear();
  }

  /** Starts it again; the one after that gets ready meanwhile. */
  async restart(): Promise<void> {
    this.running = this.standby ?? this.spawn();
    await this.running.listening;
    this.standby = this.spawn();
  }

  /** Waits until nothing is being started, so that all that passes is of the service. */
  async quiet(): Promise<void> {
    await this.standby?.listening;
  }

  /** Stripe sends what nobody has acknowledged yet, of one customer. */
  async deliver(someone: Organization): Promise<void> {
    // Nobody is a customer yet where the first purchase was cut off.
    const id = (await someone.customer().catch(() => undefined))?.stripe_customer_id;
    if (!id) return;
    for (let events = this.unheard(id); events.length > 0; events = this.unheard(id)) {
      for (const event of events) {
        if (this.held.has(someone)) throw new Killed();
        await this.send(event);
      }
    }
  }

  private unheard(customer: string): StripeEvent[] {
    return this.world.stripe.eventsOf().filter(({ id, type, data }) => {
      const whose = (data.object as { customer?: string }).customer;
      return whose === customer && EVENTS.includes(type) && !this.isHeard(id);
    });
  }

  private isHeard(id: string): boolean {
    return this.acknowledged.has(id) || this.world.stripe.webhooks.acknowledged(id);
  }

  private async send(event: StripeEvent): Promise<void> {
    const raw = JSON.stringify(event);
    const signature = signatureHeader(raw, SECRET, this.world.service.clock.seconds());
    const headers = { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature };
    const { status, text } = await callApi(await this.origin(), '/stripe/webhook/', { raw, headers });
    if (status !== 200) throw new Error(`an event of Stripe was answered ${status}: ${text}`);
    this.acknowledged.add(event.id);
  }

  private get child(): OperatedService {
    if (!this.running) throw new Error('there is no service');
    return this.running;
  }

  private spawn(): OperatedService {
    const { service, stripe } = this.world;
    const env = {
      DATABASE_URL: this.line.url,
      DATA_DIR: service.settings.database.dataDir,
      SESSION_SECRET: 'a secret for tests only that is long enough to be taken for one',
      STRIPE_SECRET_KEY: 'sk_test_sandbox',
      STRIPE_WEBHOOK_SECRET: SECRET,
      STRIPE_API_ORIGIN: stripe.origin,
      BILLING_EMAIL: 'sales@zulip.test',
      FREE_TRIAL_DAYS: '30',
      LOG_LEVEL: 'fatal',
      LOG_FORMAT: 'json',
    };
    return new OperatedService(env, () => service.clock.now());
  }
}
