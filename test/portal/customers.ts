import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import type { BillingWorld, Organization } from '../support/billing.js';
import type { BrowserClient } from '../support/browser-client.js';
import { M1 } from '../support/sample-plan.js';
import { logInRealm, logInServer } from './logins.js';

/** An organization, or a whole server, with somebody who has logged in to manage its plan. */
export interface Managed {
  readonly someone: Organization;
  readonly browser: BrowserClient;
  /** Where its pages are; those for scripts are below `/json`. */
  readonly base: string;
}

export async function managed(someone: Organization): Promise<Managed> {
  const { world, server, realm, kind } = someone;
  const browser =
    kind === 'realm' ? await logInRealm(world.service, server, realm) : await logInServer(world.service, server);
  return { someone, browser, base: kind === 'realm' ? `/realm/${realm.uuid}` : `/server/${server.uuid}` };
}

/** Somebody with so many users who was never here before. */
export async function newcomer(world: BillingWorld, users: number, kind: 'realm' | 'server' = 'realm') {
  return managed(await world.organization(users, kind));
}

/** Somebody on complimentary access for a month, so that no free trial is on offer. With a card, unless there is to be none. */
export async function guest(world: BillingWorld, users: number, terms = {}, card: string | null = '4242424242424242') {
  const someone = await world.organization(users);
  await someone.isCustomer(terms, card);
  await world.part(ComplimentaryAccess).grant(someone.holder, M1);
  return managed(someone);
}
