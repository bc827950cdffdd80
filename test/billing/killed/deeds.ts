import { SCHEDULE } from '../../../src/plans/catalogue/plan-status.js';
import { TIER } from '../../../src/plans/catalogue/tiers.js';
import { Downgrades } from '../../../src/plans/changes/downgrades.js';
import { PlanUpdates } from '../../../src/plans/changes/plan-updates.js';
import { TierChanges } from '../../../src/plans/changes/tier-changes.js';
import { PlanInvoicing } from '../../../src/plans/invoicing/plan-invoicing.js';
import { CardSetups } from '../../../src/plans/purchase/card-setups.js';
import type { PurchaseRequest } from '../../../src/plans/purchase/purchase-request.js';
import { Purchases } from '../../../src/plans/purchase/purchases.js';
import { UserCountSignature } from '../../../src/plans/purchase/user-count-signature.js';
import { anEvent, roles, upload } from '../../analytics/uploads.js';
import { callApi } from '../../support/api-client.js';
import type { Organization } from '../../support/billing.js';
import type { Stage } from '../../support/killing/stage.js';
import { daysAfter, T0 } from '../../support/sample-plan.js';
import type { Scene } from './path.js';

/** When trials of T0 end. */
export const END = daysAfter(T0, 30);
/** Within the first month. */
export const MIDDLE = daysAfter(T0, 15);
/** Business has no trial. */
export const BUSINESS = { tier: TIER.business } as const;
export const BY_INVOICE = { chargeAutomatically: false, management: 'manual' } as const;

/** Somebody who has not bought anything, with a card on file. */
export async function anOrganization({ world }: Stage, users: number, card?: string): Promise<Organization> {
  const someone = await world.organization(users);
  await someone.isCustomer({}, card);
  return someone;
}

/** Buys, from the service that is killed. */
export async function buys({ stage, someone }: Scene, request: Partial<PurchaseRequest>): Promise<void> {
  const { world } = stage;
  await stage.tell('plans/purchase/purchases.js', Purchases, 'buy', someone.holder, {
    tier: TIER.basic,
    schedule: SCHEDULE.monthly,
    chargeAutomatically: true,
    management: 'automatic',
    licenses: undefined,
    startsAtPlanEnd: false,
    email: 'ann@zulip.test',
    ...world.part(UserCountSignature).sign(10),
    ...request,
  });
}

/** The invoicing job comes to the newest plan. */
export async function isInvoiced({ stage, someone }: Scene): Promise<void> {
  const { id } = await someone.plan();
  await stage.tell('plans/invoicing/plan-invoicing.js', PlanInvoicing, 'invoice', id, stage.world.service.clock.now());
}

/** The invoicing job has come to the newest plan already. */
export async function renews({ stage, someone }: Scene): Promise<void> {
  const { id } = await someone.plan();
  await stage.world.part(PlanInvoicing).invoice(id, stage.world.service.clock.now());
}

/** Whoever gets an invoice pays it. */
export async function pays({ stage, someone }: Scene): Promise<void> {
  for (const { id, status } of await someone.invoices()) {
    if (status === 'open') stage.world.stripe.payHostedInvoice(id);
  }
  await stage.deliver(someone);
}

/** Somebody with a trial from T0 on. */
export async function onTrial(stage: Stage, request: Partial<PurchaseRequest>): Promise<Organization> {
  const someone = await anOrganization(stage, 18);
  await someone.buys(request);
  return someone;
}

/** Somebody who pays for Business from T0 on. */
export async function withBusiness(stage: Stage, request: Partial<PurchaseRequest>): Promise<Organization> {
  const someone = await anOrganization(stage, 20);
  await someone.buys({ ...BUSINESS, ...request });
  await paysAtOnce(stage, someone);
  return someone;
}

/** Whoever has an open invoice pays it, before anything happens. */
async function paysAtOnce({ world }: Stage, someone: Organization): Promise<void> {
  for (const { id, status } of await someone.invoices()) if (status === 'open') world.stripe.payHostedInvoice(id);
  await world.settled();
}

/** Asks for another number of licenses from the next renewal on. */
export async function setsNext({ stage, someone }: Scene, licensesAtNextRenewal: number): Promise<void> {
  await stage.tell('plans/changes/plan-updates.js', PlanUpdates, 'update', someone.holder, { licensesAtNextRenewal });
}

/** An operator puts them on the higher tier. */
export async function getsBusiness({ stage, someone }: Scene): Promise<void> {
  await stage.tell('plans/changes/tier-changes.js', TierChanges, 'upgrade', someone.holder, TIER.business);
}

/** An operator ends the plan and voids what is open. */
export async function isVoided({ stage, someone }: Scene): Promise<void> {
  await stage.tell('plans/changes/downgrades.js', Downgrades, 'nowAndVoid', someone.holder);
}

/** Types a card into Checkout, which pays what is open. */
export async function givesCard({ stage, someone }: Scene): Promise<void> {
  const request = {
    from: { page: 'billing' },
    successUrl: 'https://push.test/done',
    cancelUrl: 'https://push.test/back',
  };
  const visit = await stage.tell('plans/purchase/card-setups.js', CardSetups, 'start', someone.holder, request);
  stage.world.stripe.completeCheckout((visit as { id: string }).id);
  await stage.deliver(someone);
}

/** The server uploads, to the service that is killed. */
export async function uploads({ stage, someone }: Scene, events: readonly unknown[] = []): Promise<void> {
  const origin = await stage.origin();
  const call: Organization['world']['service']['call'] = (endpoint, request) =>
    callApi(origin, `/api/v1/remotes/${endpoint}`, request);
  const answer = await upload({ call }, someone.server, { realms: [someone.realm], realmauditlog_rows: events });
  if (answer.status !== 200) throw new Error(`an upload was answered ${answer.status}: ${answer.text}`);
}

const STORED = 'SELECT 1 FROM remote_realm_audit_log WHERE server_id = $1 AND event_time = $2';

/** There are more users; their server tells of it once, as it remembers what was acknowledged. */
export async function grows(scene: Scene): Promise<void> {
  const { stage, someone } = scene;
  if ((await stage.world.service.rows(STORED, [someone.server.id, MIDDLE])).length > 0) return;
  const at = MIDDLE.getTime() / 1_000;
  await uploads(scene, [anEvent({ realm: someone.realm.id, event_time: at, extra_data: roles(0, 0, 0, 30, 0) })]);
}
