import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeHeartbeat } from '../../src/operators/service/node-heartbeat.job.js';
import { ApnsProvider, FcmProvider } from '../../src/push/push-provider.js';
import { SessionUpkeep } from '../../src/sessions/store/session-upkeep.job.js';
import { BillingWorld } from '../support/billing.js';
import type { BrowserClient } from '../support/browser-client.js';
import type { TestService } from '../support/service.js';
import { enrolled } from './operator-accounts.js';

const PAGE = '/activity/service';

let world: BillingWorld;
let service: TestService;
let actor: BrowserClient;
let viewer: BrowserClient;

beforeAll(async () => {
  world = await BillingWorld.start({ OPERATOR_SECOND_FACTOR: 'optional' });
  service = world.service;
  actor = (await enrolled(service, 'act@example.org', 'act')).browser;
  viewer = (await enrolled(service, 'view@example.org', 'view')).browser;
});
afterAll(() => world.stop());

/** The words of the page, without tags. */
async function words(browser = viewer): Promise<string> {
  const { status, text } = await browser.open(PAGE);
  expect(status).toBe(200);
  return text
    .slice(text.indexOf('<main'))
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#x27;', "'")
    .replace(/\s+/g, ' ');
}

const events = () =>
  service.rows<{ event_type: string; extra_data: object }>(
    "SELECT event_type, extra_data FROM operator_audit_log WHERE event_type LIKE '%tried again' ORDER BY id",
  );

describe('the service page', () => {
  it('tells how providers, processes, database and jobs fare', async () => {
    const deadline = service.clock.millis() + 30_000;
    await service.app
      .get(ApnsProvider)
      .send([{ token: 'ab'.repeat(32), topic: 'org.zulip.Zulip', body: '{"aps":{}}' }], {
        deadline,
      });
    await service.app.get(SessionUpkeep).run();
    const text = await words();
    expect(text).toContain('Apple works Credentials signing key');
    expect(text).toContain('1 connection Messages 0 under way');
    expect(text).toMatch(/Last five minutes 200 1 Answers within [\d,]+ ms/);
    expect(text).toContain('Google quiet Credentials service account');
    expect(text).toMatch(/process \d+ \(this one\) 0 seconds ago/);
    expect(text).toMatch(/PostgreSQL \d+\.\d+.*, [\d,]+ MiB, answers in [\d.]+ ms/);
    expect(text).toMatch(/Removal of sessions that have run out done 2012-01-02 03:04 UTC 2012-01-02 04:04 UTC/);
    expect(text).toMatch(/Invoices that are due not yet \d{4}-\d\d-\d\d 05:07 UTC/);
    expect(text).toContain('No event waits.');
  });

  it('says what to do about credentials that are refused', async () => {
    service.fcm.script.next({ answer: { error: 'SENDER_ID_MISMATCH' } });
    service.apns.script.next({ answer: { reason: 'InvalidProviderToken' } });
    const deadline = service.clock.millis() + 30_000;
    const body = JSON.stringify({ message: { token: 'phone', data: {} } });
    await service.app.get(FcmProvider).send([{ token: 'phone', body }], { deadline });
    expect(await words()).not.toContain('because of the credentials');
    await service.app
      .get(ApnsProvider)
      .send([{ token: 'cd'.repeat(32), topic: 'org.zulip.Zulip', body: '{"aps":{}}' }], { deadline });
    const text = await words();
    expect(text).toContain('Apple refused 1 message in the last five minutes because of the credentials.');
    expect(text).toContain('Run push-bouncer check-credentials');
  });

  it('lists the other processes, and those that went silent without a word', async () => {
    const at = (seconds: number) => new Date(service.clock.millis() + seconds * 1_000);
    const add = (name: string, version: string, reportedAt: Date) =>
      service.rows(
        `INSERT INTO service_nodes (id, name, version, started_at, reported_at, report) VALUES ($1, $2, $3, $4, $4, '{"of": "another version"}')`,
        [randomUUID(), name, version, reportedAt],
      );
    await add('elsewhere, process 7', '0.0.9', at(-20));
    await add('nowhere, process 8', '0.0.9', at(-120));
    await add('long-gone, process 9', '0.0.9', at(-100_000));
    const text = await words();
    expect(text).toContain('elsewhere, process 7 20 seconds ago 0.0.9');
    expect(text).toContain('A process is silent: nowhere, process 8.');
    expect(text).toContain('Finish the upgrade.');
    expect(text).not.toContain('long-gone');
    await service.rows("DELETE FROM service_nodes WHERE version = '0.0.9'");
  });

  it('lets mail that was given up be tried again, by those who may act', async () => {
    const [mail] = await service.rows<{ id: string }>(
      `INSERT INTO mail_outbox (kind, recipient, subject, text_body, html_body, created_at, next_attempt_at, attempts, given_up_at, problem)
       VALUES ('billing-drift', 'ann@zulip.test', 'A <subject>', 'text', 'html', $1, $1, 9, $1, 'EENVELOPE 550') RETURNING id`,
      [service.clock.now()],
    );
    expect(await words()).toContain('1 mail was given up.');
    expect((await viewer.open(PAGE)).text).not.toContain('Try again');
    const page = await actor.open(PAGE);
    expect(page.text).toContain('A &lt;subject&gt;');
    expect(page.text).toContain('EENVELOPE 550');
    const path = /action="([^"]+retry-mail\/)"/.exec(page.text)?.[1] ?? '';
    expect((await viewer.submit(path, { id: mail?.id ?? '' })).status).toBe(403);
    expect((await actor.submit(path, { id: 'x' })).status).toBe(400);
    const answer = await actor.submit(path, { id: mail?.id ?? '' });
    expect(answer).toMatchObject({ status: 303, location: PAGE });
    expect((await actor.follow(answer)).text).toContain('The mail is tried again, for another day.');
    expect(await service.rows('SELECT 1 FROM mail_outbox WHERE given_up_at IS NOT NULL')).toEqual([]);
    expect(await events()).toEqual([{ event_type: 'mail tried again', extra_data: { mail: mail?.id } }]);
    expect((await actor.follow(await actor.submit(path, { id: mail?.id ?? '' }))).text).toContain('not among those');
    expect(await events()).toHaveLength(1);
  });

  it('lets an event of Stripe that is stuck be retried, by those who may act', async () => {
    const someone = await world.organization(30);
    await someone.isCustomer({}, null);
    await someone.buys({ chargeAutomatically: false, management: 'manual', licenses: 40 });
    const [event] = await service.rows<{ id: string }>(
      `INSERT INTO stripe_events (stripe_event_id, type, customer_id, invoice_id, status, handler_error, received_at)
       SELECT 'evt_stuck', 'invoice.voided', customer_id, id, 40, '{"message": "no", "description": "uncaught exception"}', $2
       FROM stripe_invoices WHERE customer_id = $1 RETURNING id`,
      [(await someone.customer()).id, service.clock.now()],
    );
    expect(await words()).toContain('1 event of Stripe could not be handled');
    const page = await actor.open(PAGE);
    const path = /action="([^"]+retry-event\/)"/.exec(page.text)?.[1] ?? '';
    expect(page.text).toContain('uncaught exception');
    expect((await viewer.submit(path, { id: event?.id ?? '' })).status).toBe(403);
    expect(await service.rows('SELECT status FROM stripe_events')).toEqual([{ status: 40 }]);
    const answer = await actor.submit(path, { id: event?.id ?? '' });
    expect((await actor.follow(answer)).text).toContain('The event is handled.');
    expect(await service.rows('SELECT status FROM stripe_events')).toEqual([{ status: 50 }]);
    expect((await events()).at(-1)).toEqual({
      event_type: 'Stripe event tried again',
      extra_data: { event: event?.id },
    });
    expect((await actor.follow(await actor.submit(path, { id: event?.id ?? '' }))).text).toContain(
      'not stuck any more',
    );
  });

  it('notices a job that nobody runs, and one that failed', async () => {
    await service.rows("UPDATE job_runs SET failed = true WHERE job = 'sessions'");
    expect(await words()).toContain('A periodic job failed: Removal of sessions that have run out.');
    await service.rows("UPDATE job_runs SET started_at = started_at - interval '3 hours' WHERE job = 'sessions'");
    await service.rows("UPDATE service_nodes SET started_at = $1::timestamptz - interval '3 hours'", [
      service.clock.now(),
    ]);
    expect(await words()).toContain('has not run for too long: Removal of sessions that have run out.');
  });

  it('forgets a process that stops in order', async () => {
    const heartbeat = service.app.get(NodeHeartbeat);
    expect(await service.rows('SELECT id FROM service_nodes')).toEqual([{ id: heartbeat.id }]);
    await heartbeat.beforeApplicationShutdown();
    await heartbeat.tell();
    expect(await service.rows('SELECT id FROM service_nodes')).toEqual([]);
  });
});
