import { TIER } from '../../../src/plans/catalogue/tiers.js';
import { PushFailures } from '../../../src/registration/counts/push-failures.recorder.js';
import { addDevices } from '../../operators/usage-rows.js';
import { guest, type Managed, managed, newcomer } from '../../portal/customers.js';
import { linksTo, logInServer, pathOf } from '../../portal/logins.js';
import type { BillingWorld } from '../../support/billing.js';
import { on, scheduled } from './plan-screens.js';
import type { Screen } from './screen.js';

/** Somebody with Business for 30 users, unless the request says otherwise. */
async function payer(world: BillingWorld, request: Parameters<Managed['someone']['buys']>[0] = {}): Promise<Managed> {
  const someone = await guest(world, 30);
  await someone.someone.has({ tier: TIER.business, shown: 30, ...request });
  if (request.chargeAutomatically === false) {
    world.stripe.payHostedInvoice((await someone.someone.invoices()).at(-1)?.id ?? '');
    await world.settled();
  }
  return someone;
}

const MANUAL = { management: 'manual', licenses: 32 } as const;

async function trying(world: BillingWorld): Promise<Managed> {
  const someone = await newcomer(world, 11);
  await someone.someone.isCustomer();
  await someone.someone.has({ shown: 11 });
  return someone;
}

async function cancelled(world: BillingWorld): Promise<Managed> {
  const someone = await payer(world);
  await someone.browser.open(`${someone.base}/billing/`);
  await someone.browser.json('PATCH', `/json${someone.base}/billing/plan`, { status: 2 });
  return someone;
}

/** Somebody who is on the way to a card. */
async function waiting(world: BillingWorld): Promise<{ someone: Managed; path: string }> {
  const someone = await newcomer(world, 30);
  await someone.browser.open(`${someone.base}/upgrade/?tier=104`);
  const start = `/json${someone.base}/upgrade/session/start_card_update_session`;
  const { body } = await someone.browser.json('POST', start, { tier: '104' });
  return { someone, path: `billing/event_status/?stripe_session_id=${String(body['stripe_session_id'])}` };
}

/** Somebody with pushes on each of the last days, and some that failed. */
async function pushing(world: BillingWorld): Promise<Managed> {
  const { service } = world;
  const someone = await newcomer(world, 8);
  const { server, holder } = someone.someone;
  const realmId = 'realmId' in holder ? holder.realmId : '';
  await addDevices(service, server, 9, { realmId });
  await addDevices(service, server, 5, { realmId, kind: 2 });
  await service.rows(
    `INSERT INTO remote_realm_counts (server_id, remote_realm_id, property, subgroup, end_time, value)
     SELECT $1, $2, property, NULL, date_trunc('day', $3::timestamptz) + interval '1 day' - day * interval '1 day',
       base + (day * 37) % 90
     FROM generate_series(0, 29) day,
       (VALUES ('mobile_pushes_received::day', 140), ('mobile_pushes_forwarded::day', 110)) kinds (property, base)`,
    [server.id, realmId, service.clock.now()],
  );
  const failures = service.app.get(PushFailures, { strict: false });
  const subject = { serverId: server.id, realmId };
  const of = (kind: string, times: number) => Array.from({ length: times }, () => ({ kind }));
  failures.note(subject, 'apns', [...of('token-gone', 3), ...of('rejected', 2)]);
  failures.note(subject, 'fcm', [...of('try-later', 14), ...of('token-gone', 1)]);
  await failures.flush();
  return someone;
}

/** Plans that are there, what is waited for, pushes, and the end. */
export const BILLING_SCREENS: readonly Screen[] = [
  { name: 'billing', heading: /^Billing/, arrange: async (world) => on(await payer(world), 'billing/') },
  {
    name: 'billing-own-licenses',
    heading: /^Billing/,
    arrange: async (world) => on(await payer(world, MANUAL), 'billing/'),
  },
  {
    name: 'billing-by-invoice',
    heading: /^Billing/,
    arrange: async (world) => on(await payer(world, { ...MANUAL, chargeAutomatically: false }), 'billing/'),
  },
  { name: 'billing-trial', heading: /^Billing/, arrange: async (world) => on(await trying(world), 'billing/') },
  { name: 'billing-cancelled', heading: /^Billing/, arrange: async (world) => on(await cancelled(world), 'billing/') },
  { name: 'billing-scheduled', heading: /^Billing/, arrange: async (world) => on(await scheduled(world), 'billing/') },
  {
    name: 'billing-cancel-question-without-scripts',
    heading: /\?$/,
    arrange: async (world) =>
      on(await payer(world), 'billing/', {
        withoutScripts: true,
        steps: (page) => page.locator('#plan-action').click(),
      }),
  },
  {
    name: 'billing-invoice-email',
    heading: /^Confirm the new address/,
    arrange: async (world) => {
      const { browser, base } = await payer(world);
      await world.service.rows('DELETE FROM portal_link_mails');
      await browser.open(`${base}/billing/`);
      await browser.submit(`${base}/billing/email/`, { email: 'books@zulip.test' });
      return { browser, path: pathOf((await linksTo(world.service, 'books@zulip.test')).at(-1) ?? '') };
    },
  },
  {
    name: 'event-waiting',
    heading: /^Processing$/,
    arrange: async (world) => {
      const { someone, path } = await waiting(world);
      return on(someone, path);
    },
  },
  {
    name: 'event-late',
    heading: /^Still processing$/,
    arrange: async (world) => {
      const { someone, path } = await waiting(world);
      return on(someone, `${path}&tries=99`);
    },
  },
  {
    name: 'event-unknown',
    heading: /did not work/,
    arrange: async (world) => on(await newcomer(world, 11), 'billing/event_status/?stripe_session_id=cs_unknown'),
  },
  {
    name: 'event-logged-out',
    heading: /logged out/,
    arrange: () => ({
      path: '/realm/6cde5f7a-1f7e-4978-9716-49f69ebfc9fe/billing/event_status/?stripe_session_id=cs_x',
    }),
  },
  { name: 'push-status', heading: /^Push status/, arrange: async (world) => on(await pushing(world), 'push-status/') },
  {
    name: 'push-status-refused',
    heading: /^Push status/,
    arrange: async (world) => on(await newcomer(world, 43, 'server'), 'push-status/'),
  },
  {
    name: 'push-status-never-uploaded',
    heading: /^Push status/,
    arrange: async ({ service }) => {
      const server = await service.addServer({ uploaded: false });
      return { browser: await logInServer(service, server), path: `/server/${server.uuid}/push-status/` };
    },
  },
  {
    name: 'deactivate',
    heading: /[Dd]eactivat/,
    arrange: async (world) => on(await newcomer(world, 11, 'server'), 'deactivate/'),
  },
  {
    name: 'deactivate-refused',
    heading: /[Dd]eactivat/,
    arrange: async (world) => {
      const someone = await managed(await world.organization(30, 'server'));
      await someone.someone.isCustomer();
      await someone.someone.has({ tier: TIER.business, shown: 30 });
      return on(someone, 'deactivate/', {
        steps: async (page) => {
          await page.getByRole('button', { name: 'Deactivate registration' }).click();
          await page.getByRole('alert').waitFor();
        },
      });
    },
  },
  {
    name: 'deactivated',
    heading: /[Dd]eactivated/,
    arrange: async (world) =>
      on(await newcomer(world, 11, 'server'), 'deactivate/', {
        steps: (page) => page.getByRole('button', { name: 'Deactivate registration' }).click(),
      }),
  },
];
