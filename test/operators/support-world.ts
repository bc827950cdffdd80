import { ComplimentaryAccess } from '../../src/plans/changes/complimentary-access.js';
import type { Registrant } from '../../src/registration/registrants/registrant.js';
import { BillingWorld, type Organization } from '../support/billing.js';
import type { BrowserClient, PageAnswer } from '../support/browser-client.js';
import { M1 } from '../support/sample-plan.js';
import type { TestService } from '../support/service.js';
import { enrolled } from './operator-accounts.js';
import { boxOf } from './support-pages.js';

/** What an operator sees and does of one customer. */
export class SupportDesk {
  constructor(
    readonly browser: BrowserClient,
    private readonly service: TestService,
  ) {}

  search(text: string, page?: number): Promise<PageAnswer> {
    const more = page === undefined ? {} : { page: String(page) };
    return this.browser.open(`/activity/remote/support?${new URLSearchParams({ q: text, ...more })}`);
  }

  /** Sends one of the page's forms for somebody. */
  send(holder: Registrant, fields: Readonly<Record<string, string>>, text = ''): Promise<PageAnswer> {
    const target = 'serverId' in holder ? { remote_server_id: holder.serverId } : { remote_realm_id: holder.realmId };
    return this.browser.submit(`/activity/remote/support?${new URLSearchParams({ q: text })}`, {
      ...target,
      ...fields,
    });
  }

  /** The same, and what the box says: `green: …` or `red: …`, or the status of the answer. */
  async does(holder: Registrant, fields: Readonly<Record<string, string>>): Promise<string> {
    return boxOf(await this.send(holder, fields));
  }

  /** The events noted of somebody that an operator brought about, oldest first. */
  async doneFor(holder: Registrant): Promise<{ event_type: number; extra_data: Record<string, unknown> }[]> {
    const [table, column, id] =
      'serverId' in holder
        ? ['remote_server_audit_log', 'server_id', holder.serverId]
        : ['remote_realm_audit_log', 'remote_realm_id', holder.realmId];
    return this.service.rows(
      `SELECT event_type, extra_data FROM ${table} WHERE ${column} = $1 AND acting_operator_id = (SELECT min(id) FROM operators) ORDER BY id`,
      [id],
    );
  }

  /** Their numbers. */
  async eventsFor(holder: Registrant): Promise<number[]> {
    return (await this.doneFor(holder)).map(({ event_type: type }) => type);
  }
}

/** The service with a stand-in for Stripe, and the first of its operators, who may act. */
export async function supportWorld(): Promise<{ world: BillingWorld; desk: SupportDesk }> {
  const world = await BillingWorld.start({ OPERATOR_SECOND_FACTOR: 'optional', FREE_TRIAL_DAYS: '30' });
  const { browser } = await enrolled(world.service, 'helper@example.org');
  return { world, desk: new SupportDesk(browser, world.service) };
}

/** Somebody on complimentary access until M1. */
export async function guestOf(
  world: BillingWorld,
  users = 8,
  kind: 'realm' | 'server' = 'realm',
): Promise<Organization> {
  const someone = await world.organization(users, kind);
  await someone.isCustomer();
  await world.part(ComplimentaryAccess).grant(someone.holder, M1);
  return someone;
}
