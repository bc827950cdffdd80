import { expect } from 'vitest';
import type { PlanTerms } from '../../src/plans/rules/plan-terms.js';
import { anEvent, aRealm, roles, upload } from '../analytics/uploads.js';
import { renewal, T0 } from '../support/sample-plan.js';
import type { TestServerRow, TestService } from '../support/service.js';
import { addCustomer, addPlan, type Columns } from './billing-rows.js';

/** A server with one organization that it has reported, and what it reports of its users. */
export class ReportingServer {
  private constructor(
    private readonly service: TestService,
    readonly auth: TestServerRow,
    readonly realm: ReturnType<typeof aRealm>,
    readonly realmId: string,
  ) {}

  static async start(service: TestService): Promise<ReportingServer> {
    const auth = await service.addServer();
    const realm = aRealm();
    const server = new ReportingServer(service, auth, realm, '');
    await server.upload([]);
    const [row] = await service.rows<{ id: string }>('SELECT id FROM remote_realms WHERE uuid = $1', [realm.uuid]);
    return new ReportingServer(service, auth, realm, row?.id ?? '');
  }

  /** So many users of the organization, or another, from an instant on, plus so many microseconds. */
  users(number: number, at: Date, micros = 0, realm = this.realm) {
    return anEvent({
      realm: realm.id,
      event_time: at.getTime() / 1_000 + micros / 1_000_000,
      extra_data: roles(0, 0, 0, number, 0),
    });
  }

  /** Uploads events; answers the body. */
  async upload(realmauditlog_rows: unknown[], realms: unknown[] = [this.realm]) {
    const answer = await upload(this.service, this.auth, { realms, realmauditlog_rows });
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  }

  /** How many events it has reported. */
  async reported(): Promise<number> {
    const [row] = await this.service.rows<{ count: number }>(
      'SELECT count(*)::integer FROM remote_realm_audit_log WHERE server_id = $1 AND remote_id IS NOT NULL',
      [this.auth.id],
    );
    return row?.count ?? -1;
  }

  /** A plan of the organization that begins with so many licenses: Business, annual, from T0, unless said otherwise. */
  async realmPlan(licenses: number, terms: Columns = {}, plan: Partial<PlanTerms> = {}): Promise<string> {
    const customerId = await addCustomer(this.service, { realmId: this.realmId }, terms);
    return addPlan(this.service, customerId, plan, [renewal(plan.billingCycleAnchor ?? T0, licenses)]);
  }
}
