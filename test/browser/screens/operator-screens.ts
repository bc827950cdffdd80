import { TIER } from '../../../src/plans/catalogue/tiers.js';
import { ApnsProvider } from '../../../src/push/push-provider.js';
import { codeOf, enrolled, invite, PASSWORD, secretIn } from '../../operators/operator-accounts.js';
import { type BillingWorld, withPlan } from '../../support/billing.js';
import { BrowserClient } from '../../support/browser-client.js';
import type { Screen, Way } from './screen.js';

const FACTOR = '/operator/account/second-factor/';

let number = 0;
const anAddress = () => `operator-${++number}@example.org`;

/** The way of an operator to one of their pages. */
async function operator({ service }: BillingWorld, path: string): Promise<Way> {
  return { browser: (await enrolled(service, anAddress())).browser, path };
}

const customer = (world: BillingWorld) => withPlan(world, 30, { tier: TIER.business, shown: 30 });

/** Something of everything that can go wrong. */
async function trouble(world: BillingWorld): Promise<void> {
  const { service } = world;
  const at = [service.clock.now()];
  await service.rows(
    `INSERT INTO mail_outbox (kind, recipient, subject, text_body, html_body, created_at, next_attempt_at, attempts, given_up_at, problem)
     VALUES ('billing-drift', 'billing@zulip.test', 'Stripe and the database differ', '', '', $1, $1, 9, $1, 'EENVELOPE 550')`,
    at,
  );
  await service.rows(
    `INSERT INTO service_nodes (id, name, version, started_at, reported_at, report)
     VALUES (gen_random_uuid(), 'relay-2, process 17', '0.9.0', $1, $1::timestamptz - interval '5 minutes', '{}')`,
    at,
  );
  const someone = await world.organization(30);
  await someone.isCustomer({}, null);
  await someone.buys({ chargeAutomatically: false, management: 'manual', licenses: 40 });
  await service.rows(
    `INSERT INTO stripe_events (stripe_event_id, type, customer_id, invoice_id, status, attempts, handler_error, received_at)
     SELECT 'evt_1MqqbKLt4dXK03v5qaIbiNCC', 'invoice.paid', customer_id, id, 40, 3, '{"message": "no", "description": "uncaught exception"}', $2
     FROM stripe_invoices WHERE customer_id = $1`,
    [(await someone.customer()).id, ...at],
  );
  service.apns.script.next({ answer: { reason: 'InvalidProviderToken' } });
  const message = { token: 'ab'.repeat(32), topic: 'org.zulip.Zulip', body: '{"aps":{}}' };
  await service.app.get(ApnsProvider).send([message, message], { deadline: service.clock.millis() + 30_000 });
}

/** What those see who run the service. */
export const OPERATOR_SCREENS: readonly Screen[] = [
  { name: 'operator-login', heading: /log-in/, arrange: () => ({ path: '/login/' }) },
  {
    name: 'operator-login-wrong',
    heading: /log-in/,
    arrange: () => ({
      path: '/login/',
      steps: async (page) => {
        await page
          .locator('main input[type="email"], main input[name="username"], main input[name="email"]')
          .first()
          .fill('a@example.org');
        await page.locator('main input[type="password"]').fill('not the password');
        await page.locator('main button[type="submit"]').first().click();
        await page.getByRole('alert').waitFor();
      },
    }),
  },
  {
    name: 'operator-link',
    heading: /^Set your password/,
    arrange: async ({ service }) => ({ path: await invite(service, anAddress()) }),
  },
  { name: 'operator-account', heading: /^Your account$/, arrange: (world) => operator(world, '/operator/account/') },
  { name: 'operator-overview', heading: /^Overview$/, arrange: (world) => operator(world, '/activity/') },
  {
    name: 'operator-second-factor',
    heading: /second factor/,
    arrange: (world) => operator(world, FACTOR),
  },
  {
    name: 'operator-recovery-codes',
    heading: /recovery codes/i,
    arrange: async (world) => {
      const way = await operator(world, FACTOR);
      return {
        ...way,
        steps: async (page) => {
          const secret = ((await page.locator('#secret').textContent()) ?? '').replaceAll(' ', '');
          await page.locator('#current-password').fill(PASSWORD);
          await page.locator('input[name="code"]').fill(codeOf(secret, world.service));
          await page.getByRole('button', { name: 'Use this second factor' }).click();
        },
      };
    },
  },
  {
    name: 'operator-code',
    heading: /^Enter your code$/,
    arrange: async ({ service }) => {
      const email = anAddress();
      const { browser } = await enrolled(service, email);
      const secret = secretIn(await browser.open(FACTOR));
      await browser.submit(FACTOR, { current_password: PASSWORD, code: codeOf(secret, service) });
      const later = new BrowserClient(service.origin);
      await later.open('/login/');
      await later.submit('/login/', { email, password: PASSWORD });
      return { browser: later, path: '/login/code/' };
    },
  },
  {
    name: 'operator-usage',
    heading: /^Servers and organizations$/,
    arrange: async (world) => {
      await customer(world);
      return operator(world, '/activity/remote/');
    },
  },
  {
    name: 'operator-support',
    heading: /^Support/,
    arrange: async (world) => {
      const { server } = await customer(world);
      return operator(world, `/activity/remote/support/?q=${server.hostname}`);
    },
  },
  {
    name: 'operator-log',
    heading: /^Audit log of/,
    arrange: async (world) => {
      const { server } = await customer(world);
      return operator(world, `/activity/remote/logs/server/${server.uuid}/`);
    },
  },
  {
    name: 'operator-ledger',
    heading: /^License ledger of/,
    arrange: async (world) => operator(world, `/activity/plan_ledger/${(await (await customer(world)).plan()).id}/`),
  },
  {
    name: 'operator-stats',
    heading: /^(?!Operator log-in)/,
    arrange: async (world) => {
      const { server } = await customer(world);
      return operator(world, `/stats/remote/${server.id}/installation`);
    },
  },
  { name: 'operator-service', heading: /^Service/, arrange: (world) => operator(world, '/activity/service/') },
  {
    name: 'operator-service-trouble',
    heading: /^Service$/,
    arrange: async (world) => {
      await trouble(world);
      return operator(world, '/activity/service/');
    },
  },
];
