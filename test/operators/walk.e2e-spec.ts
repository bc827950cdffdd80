import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CountUpkeep } from '../../src/registration/counts/count-upkeep.job.js';
import { logInServer } from '../portal/logins.js';
import { BillingWorld, type Organization } from '../support/billing.js';
import { BrowserClient, type PageAnswer } from '../support/browser-client.js';
import type { TestServerRow, TestService } from '../support/service.js';
import { enrolled } from './operator-accounts.js';
import { type OperatorRoute, operatorRoutes } from './operator-routes.js';

let world: BillingWorld;
let service: TestService;
let someone: Organization;
/** A server without a plan, which an operator may deactivate. */
let bystander: TestServerRow;
let parameters: Readonly<Record<string, string>>;
let routes: OperatorRoute[];
let actor: BrowserClient;

beforeAll(async () => {
  world = await BillingWorld.start({ OPERATOR_SECOND_FACTOR: 'optional' });
  service = world.service;
  // It makes partitions after the start, which would be changes of the walk.
  await service.app.get(CountUpkeep, { strict: false }).run();
  someone = await world.organization(30, 'server');
  await someone.isCustomer();
  await someone.has({ tier: 104, shown: 30 });
  bystander = await service.addServer();
  const realm = await service.addRealm(someone.server);
  const { id: serverId, uuid } = someone.server;
  parameters = { serverId, uuid, realmId: realm.id, id: (await someone.plan()).id, token: 'x'.repeat(40) };
  routes = operatorRoutes(service);
  actor = (await enrolled(service, 'act@example.org', 'act')).browser;
});
afterAll(() => world.stop());

/** Where a route leads; data of a chart are of one that everybody has. */
function address({ pattern }: OperatorRoute): string {
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => parameters[name] ?? name);
  return /\/data\/?$/.test(path) ? `${path}?chart=pushes` : path;
}

const title = ({ method, pattern }: OperatorRoute) => `${method} ${pattern}`;
const behindGuard = () => routes.filter(({ isEntrance }) => !isEntrance);
const isAct = ({ method, pattern }: OperatorRoute) => method === 'POST' && pattern.startsWith('/activity');

/** What is sent to a route: something that would change something, wherever that is possible. */
async function fields({ pattern }: OperatorRoute): Promise<Record<string, string>> {
  if (pattern.includes('support')) return { remote_server_id: bystander.id, remote_server_status: 'deactivated' };
  if (pattern.includes('retry-mail')) return { id: await givenUpMail() };
  return { id: '1' };
}

async function givenUpMail(): Promise<string> {
  const [mail] = await service.rows<{ id: string }>(
    `INSERT INTO mail_outbox (kind, recipient, subject, text_body, html_body, created_at, next_attempt_at, attempts, given_up_at, problem)
     VALUES ('billing-drift', 'ann@zulip.test', 'subject', 'text', 'html', $1, $1, 9, $1, '550') RETURNING id`,
    [service.clock.now()],
  );
  return mail?.id ?? '';
}

/** Tables that change by themselves: sessions begin and end with every look, and processes tell how they fare. */
const RESTLESS = ['browser_sessions', 'service_nodes', 'job_runs', 'usage_runs', 'usage_figures', 'daily_totals'];

/** What the database holds, table by table. */
async function contents(): Promise<Record<string, string>> {
  const tables = await service.rows<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`,
  );
  const found: Record<string, string> = {};
  for (const { name } of tables.filter((table) => !RESTLESS.includes(table.name))) {
    const sql = `SELECT md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), '')) AS digest FROM ${name} row`;
    found[name] = (await service.rows<{ digest: string }>(sql))[0]?.digest ?? '';
  }
  return found;
}

/** Sends every route what would change something, and answers what came back and whether anything changed. */
async function walk(
  over: readonly OperatorRoute[],
  send: (route: OperatorRoute, form: Record<string, string>) => Promise<PageAnswer>,
): Promise<{ answers: Record<string, string>; changed: string[] }> {
  const forms = await Promise.all(over.map(fields));
  const before = await contents();
  const answers: Record<string, string> = {};
  for (const [index, route] of over.entries()) {
    const { status, location = '' } = await send(route, forms[index] ?? {});
    answers[title(route)] = `${status} ${location.split('?')[0]}`.trim();
  }
  const after = await contents();
  return { answers, changed: Object.keys(after).filter((name) => after[name] !== before[name]) };
}

const by =
  (browser: BrowserClient, headers: Record<string, string> = {}) =>
  (route: OperatorRoute, form: Record<string, string>) =>
    route.method === 'GET' ? browser.open(address(route), headers) : browser.submit(address(route), form, headers);
/** The same answer of every route. */
const all = (over: readonly OperatorRoute[], answer: string) =>
  Object.fromEntries(over.map((route) => [title(route), answer]));

describe('every route of the operators', { timeout: 240_000 }, () => {
  it('is known to this walk', () => {
    expect(routes.map(title)).toEqual(
      expect.arrayContaining([
        ...[
          'GET /activity/remote',
          'GET /activity/remote.csv',
          'POST /activity/remote/support/',
          'GET /activity/service',
        ],
        ...['GET /stats/remote/:serverId/installation', 'POST /operator/account/password/', 'POST /operator/logout'],
      ]),
    );
    const known = /\/(support|retry-mail|retry-event)\/?$/;
    expect(
      behindGuard()
        .filter(isAct)
        .filter(({ pattern }) => !known.test(pattern)),
    ).toEqual([]);
    const names = routes.flatMap(({ pattern }) => [...pattern.matchAll(/:(\w+)/g)].map(([, name]) => name ?? ''));
    expect(names.filter((name) => parameters[name] === undefined)).toEqual([]);
  });

  it('sends whoever has no session to the login', async () => {
    const { answers, changed } = await walk(behindGuard(), by(new BrowserClient(service.origin)));
    expect(answers).toEqual(all(behindGuard(), '302 /login/'));
    expect(changed).toEqual([]);
  });

  it('takes a customer’s session for none, by whatever name it comes', async () => {
    const customer = await logInServer(service, someone.server);
    expect((await customer.open(`/server/${someone.server.uuid}/plans/`)).status).toBe(200);
    const own = await walk(behindGuard(), by(customer));
    expect(own).toEqual({ answers: all(behindGuard(), '302 /login/'), changed: [] });
    const cookie = `operator_session=${customer.cookie('portal_session')}`;
    expect(cookie.length).toBeGreaterThan(50);
    const disguised = await walk(behindGuard(), by(customer, { cookie }));
    expect(disguised).toEqual({ answers: all(behindGuard(), '302 /login/'), changed: [] });
  });

  it('shows a viewer what there is, and lets them change nothing of others', async () => {
    const viewer = (await enrolled(service, 'view@example.org', 'view')).browser;
    const reading = behindGuard().filter(({ method }) => method === 'GET');
    const { answers, changed } = await walk(reading, by(viewer));
    const wrong = Object.entries(answers).filter(([name, answer]) =>
      /^GET \/operator\/?$/.test(name) ? answer !== '302 /operator/account/' : answer !== '200',
    );
    expect(wrong).toEqual([]);
    expect(changed).toEqual([]);
    const acting = behindGuard().filter(isAct);
    expect(await walk(acting, by(viewer))).toEqual({ answers: all(acting, '403'), changed: [] });
  });

  it('refuses a forged form, whoever’s browser sends it', async () => {
    const forms = routes.filter(({ method }) => method === 'POST');
    await actor.open('/operator/account/');
    const withoutToken = await walk(forms, (route, form) =>
      actor.submit(address(route), { ...form, csrf_token: 'forged' }),
    );
    expect(withoutToken).toEqual({ answers: all(forms, '403'), changed: [] });
    const fromElsewhere = await walk(forms, by(actor, { origin: 'https://evil.example' }));
    expect(fromElsewhere).toEqual({ answers: all(forms, '403'), changed: [] });
    expect((await actor.open('/operator/account/')).status).toBe(200);
  });

  it('does what one who may act asks for, so that the refusals above are not for want of a good form', async () => {
    const acting = behindGuard().filter(({ pattern }) => /\/(support|retry-mail)\/$/.test(pattern));
    const { answers, changed } = await walk(acting.filter(isAct), by(actor));
    expect(Object.values(answers).toSorted()).toEqual(['200', '303 /activity/service']);
    expect(changed).toEqual(expect.arrayContaining(['mail_outbox', 'operator_audit_log', 'remote_servers']));
  });
});
