import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TIER } from '../../src/plans/catalogue/tiers.js';
import { siteOfPath } from '../../src/sessions/site.js';
import { BillingWorld, type Organization } from '../support/billing.js';
import { BrowserClient, type PageAnswer } from '../support/browser-client.js';
import { type Route, routesOf } from '../support/routes.js';
import { logInRealm, logInServer } from './logins.js';

/** Somebody whose pages the others try, and the others. */
interface Case {
  readonly victim: Organization;
  /** Logged in for the victim, as it should be. */
  readonly own: BrowserClient;
  readonly strangers: Readonly<Record<string, BrowserClient>>;
}

/** Pages with a proof of their own: credentials, a signed link, or a link that was mailed. Their own tests are about those. */
const WITHOUT_SESSION = [
  ...['/serverlogin', '/serverlogin/:uuid/confirm', '/serverlogin/do_confirm/:key', '/logout'],
  ...['/remote-billing-login/:token', '/remote-billing-login/:token/confirm', '/remote-billing-login/do_confirm/:key'],
  '/customer/confirm_new_stripe_email/:key',
];

/** What each of the forms would take, so that nothing is refused for want of it. */
const FIELDS = {
  ...{ confirmed: 'true', status: '2', licenses: '99', licenses_at_next_renewal: '99', email: 'mallory@zulip.test' },
  ...{ toggle_license_management: 'true', schedule: 'annual', tier: '104', billing_modality: 'charge_automatically' },
  ...{
    organization_type: '10',
    description: 'Ours now.',
    expected_total_users: '5',
    plan_to_use_zulip: 'No.',
    website: '',
  },
  ...{ paid_users_count: '0', paid_users_description: '', requested_plan: 'Community' },
};

let world: BillingWorld;
let cases: Record<'realm' | 'server', Case>;
beforeAll(async () => {
  world = await BillingWorld.start();
  cases = { realm: await aCase('realm'), server: await aCase('server') };
}, 240_000);
afterAll(() => world.stop());

/** All log in before there are plans: with one, a server and its organizations keep each other out. */
async function aCase(kind: 'realm' | 'server'): Promise<Case> {
  const { service } = world;
  const [victim, other] = [await world.organization(30, kind), await world.organization(30)];
  const sibling = await service.addRealm(victim.server);
  const realmOf = (someone: Organization) => logInRealm(service, someone.server, someone.realm);
  const [ofRealm, ofServer] = [await realmOf(victim), await logInServer(service, victim.server)];
  const strangers = {
    'no session': new BrowserClient(service.origin),
    'a session of another server': await logInServer(service, other.server),
    "a session of another server's organization": await realmOf(other),
    'a session of another organization of the same server': await logInRealm(service, victim.server, sibling),
    ...(kind === 'realm'
      ? { 'a session of the server that the organization is on': ofServer }
      : { 'a session of an organization on the server': ofRealm }),
  };
  await victim.isCustomer();
  await victim.has({ tier: TIER.business, shown: 30 });
  return { victim, own: kind === 'realm' ? ofRealm : ofServer, strangers };
}

const OF_ENTITY = /^\/(?:json\/)?(realm|server)\/:uuid\//;
/** Fastify answers HEAD as it does GET. */
const entityRoutes = () =>
  routesOf(world.service).filter(({ method, path }) => method !== 'HEAD' && OF_ENTITY.test(path));
const isScripts = ({ path }: Route) => path.startsWith('/json/');
const changes = ({ method }: Route) => method !== 'GET';

function caseOf({ path }: Route): Case & { kind: 'realm' | 'server'; address: string } {
  const kind = OF_ENTITY.exec(path)?.[1] as 'realm' | 'server';
  const { server, realm } = cases[kind].victim;
  return { ...cases[kind], kind, address: path.replace(':uuid', kind === 'realm' ? realm.uuid : server.uuid) };
}

function send(browser: BrowserClient, route: Route, address: string): Promise<PageAnswer> {
  if (isScripts(route)) return browser.json(route.method, address, FIELDS);
  return changes(route) ? browser.submit(address, FIELDS) : browser.open(address);
}

/** Tables of sessions, of jobs that run by themselves, and of mail on its way: all that was ever written is kept beside it. */
const RESTLESS = [
  'browser_sessions',
  'job_runs',
  'usage_runs',
  'usage_figures',
  'daily_totals',
  'service_nodes',
  'mail_outbox',
];

/** A digest of every other table, and how often the payment provider was asked for something. */
async function everything(): Promise<Record<string, unknown>> {
  const { service } = world;
  const tables = await service.rows<{ name: string }>(`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`);
  const found: Record<string, unknown> = { calls: world.stripe.calls.length };
  for (const { name } of tables.filter((table) => !RESTLESS.includes(table.name))) {
    const [row] = await service.rows(
      `SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM "${name}" t`,
    );
    found[name] = row;
  }
  return found;
}

describe('the pages of a server or organization', () => {
  it('are many, for servers and for organizations, with forms and for scripts', () => {
    const names = entityRoutes().map(({ method, path }) => `${method} ${path}`);
    for (const name of [
      'GET /realm/:uuid/billing/',
      'POST /server/:uuid/deactivate/',
      'PATCH /json/realm/:uuid/billing/plan',
    ]) {
      expect(names).toContain(name);
    }
    expect(names.length).toBeGreaterThan(40);
  });

  it('are all but those that are for logging in and out, and for links in mail', () => {
    const others = routesOf(world.service).filter(({ path }) => siteOfPath(path) === 'portal' && !OF_ENTITY.test(path));
    expect(new Set(others.map(({ path }) => path.replace(/\/$/, '')))).toEqual(new Set(WITHOUT_SESSION));
  });

  it('are closed to everybody who has not logged in for that server or organization, and nothing changes', async () => {
    const before = await everything();
    const opened: string[] = [];
    for (const route of entityRoutes()) {
      // A payment is waited for there, without a login too: it shows nothing then.
      const isOpen = /\/billing\/event_status\/$/.test(route.path);
      const { victim, strangers, address, kind } = caseOf(route);
      for (const [who, browser] of Object.entries(strangers)) {
        const { status, location, text } = await send(browser, route, address);
        const toLogin =
          kind === 'server' && status === 302 && /^\/serverlogin\/(\?next_page=\w+)?$/.test(location ?? '');
        const tells = [victim.realm.host, victim.server.hostname].some((host) => text.includes(host));
        const isClosed = (isOpen && status === 200) || status === 401 || toLogin;
        if (!isClosed || tells) opened.push(`${route.method} ${route.path} with ${who}: ${status} ${location ?? ''}`);
      }
    }
    expect(opened).toEqual([]);
    expect(await everything()).toEqual(before);
  });

  it('take no form that another site made, even from who has logged in', async () => {
    for (const { own, victim } of Object.values(cases)) {
      const base = victim.kind === 'realm' ? `/realm/${victim.realm.uuid}` : `/server/${victim.server.uuid}`;
      expect((await own.open(`${base}/plans/`)).status).toBe(200);
    }
    const before = await everything();
    const taken: string[] = [];
    for (const route of entityRoutes().filter(changes)) {
      const { own, address } = caseOf(route);
      const { host } = new URL(world.service.origin);
      const forgeries: Record<string, Promise<PageAnswer>> = {
        'no token': sent(own, route, address, { csrf_token: '' }),
        'a made-up token': sent(own, route, address, { csrf_token: 'aaaaaaaa-aaaaaaaaaaaaaaaaaaaaaaaaaaa' }),
        "another's token": sent(own, route, address, { csrf_token: await tokenOfAnother() }),
        'the origin of another site': sent(own, route, address, {}, { origin: 'https://evil.example' }),
        'an origin that only looks like ours': sent(own, route, address, {}, { origin: `http://${host}.evil.example` }),
        'no origin that can be told': sent(own, route, address, {}, { origin: 'null' }),
        'a browser that says so': sent(own, route, address, {}, { 'sec-fetch-site': 'cross-site' }),
      };
      for (const [how, answer] of Object.entries(forgeries)) {
        const { status, text } = await answer;
        if (status !== 403) taken.push(`${route.method} ${route.path} with ${how}: ${status} ${text.slice(0, 200)}`);
      }
    }
    expect(taken).toEqual([]);
    expect(await everything()).toEqual(before);
  });

  it('are open to whom they are for: the same requests are taken then', async () => {
    const before = await everything();
    const { own, address } = caseOf({ method: 'PATCH', path: '/json/realm/:uuid/billing/plan' });
    const { status, text } = await own.json('PATCH', address, { status: '2' });
    expect(status, text).toBe(200);
    expect(await everything()).not.toEqual(before);
  });
});

/** Sends a form as a page of another site would have a browser do it; the browser's own token unless told otherwise. */
function sent(
  browser: BrowserClient,
  { method }: Route,
  address: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<PageAnswer> {
  return browser.submit(address, { ...FIELDS, ...fields }, headers, method);
}

async function tokenOfAnother(): Promise<string> {
  const page = await cases.realm.strangers['a session of another server']?.open('/serverlogin/');
  return /<meta name="csrf-token" content="([^"]+)"/.exec(page?.text ?? '')?.[1] ?? '';
}
