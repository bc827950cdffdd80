import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fastifyCookie from '@fastify/cookie';
import fastifyCsrf from '@fastify/csrf-protection';
import fastifyHelmet from '@fastify/helmet';
import fastifySession from '@fastify/session';
import fastifyView from '@fastify/view';
import type { FastifyInstance, FastifyPluginCallback, FastifyRequest } from 'fastify';
import Handlebars from 'handlebars';
import type { DataSource } from 'typeorm';
import type { Clock } from '../common/clock.js';
import { AppError } from '../common/errors.js';
import { projectFolder } from '../common/project-folder.js';
import type { Settings } from '../config/settings.js';
import { formFields } from '../protocol/request.js';
import { Assets } from './pages/assets.js';
import { installFormats } from './pages/formats.js';
import { pageHeaders } from './pages/security-headers.js';
import { SiteHooks } from './pages/site-hooks.js';
import { slashedAddress } from './pages/with-slash.js';
import { answersHere, type Site, siteOfPath, siteOfRequest, sitesOf } from './site.js';
import { PostgresSessionStore } from './store/postgres-session-store.js';

export interface BrowserParts {
  readonly settings: Settings;
  readonly secrets: readonly string[];
  readonly clock: Clock;
  readonly database: DataSource;
}

/** The hidden field of every form. */
export const CSRF_FIELD = 'csrf_token';

/**
 * Makes Fastify serve people: cookies, a session per site (2 sites: customers', operators'), tokens against forged forms, the
 * headers of safe pages, templates and assets. All of it runs for paths of the sites only; requests of the API pass by. Call once,
 * before the routes are registered.
 */
export async function installBrowser(fastify: FastifyInstance, parts: BrowserParts): Promise<void> {
  const sites = sitesOf(parts.settings);
  const shared = new SiteHooks();
  await shared.register(fastify, fastifyCookie as FastifyPluginCallback, {});
  await shared.register(fastify, fastifyCsrf as unknown as FastifyPluginCallback<object>, {
    cookieKey: cookieName(sites.portal.secure && sites.operator.secure, 'csrf'),
    cookieOpts: { path: '/', httpOnly: true, sameSite: 'lax' },
    getToken: tokenOf,
  });
  await installViews(fastify, shared);
  const hooks = {
    portal: await hooksOf(fastify, sites.portal, parts),
    operator: await hooksOf(fastify, sites.operator, parts),
  };
  await new Assets().install(fastify);

  fastify.addHook('onRequest', (request, reply, done) => {
    const name = siteOfRequest(request);
    if (!name) return done();
    reply.header('Cache-Control', 'no-store');
    // The plugins look at the connection, which TLS may have left at a proxy that is not named in TRUST_PROXY.
    if (sites[name].secure) Object.defineProperty(request, 'protocol', { value: 'https' });
    shared
      .run('onRequest', request, reply)
      .then(() => hooks[name].run('onRequest', request, reply))
      .then(() => {
        const here = answersHere(sites, name, request) || siteOfPath(request.raw.url ?? '') === undefined;
        if (!here) return done(new AppError('http.not-found'));
        const slashed = slashedAddress(request);
        if (slashed === undefined) done();
        else reply.status(302).header('Location', slashed).send('');
      }, done);
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    // Only requests of the sites have one, unless they were refused before that.
    if (!request.session) return done(null, payload);
    const name = siteOfRequest(request);
    if (!name) return done(null, payload);
    hooks[name]
      .run('onSend', request, reply, payload)
      .then(() => shared.run('onSend', request, reply, payload))
      .then(() => done(null, payload), done);
  });
}

/** `name` as a cookie that no other host can set or read, where TLS allows that (RFC 6265bis, 4.1.3.2). */
function cookieName(secure: boolean, name: string): string {
  return `${secure ? '__Host-' : ''}${name}`;
}

async function hooksOf(fastify: FastifyInstance, site: Site, parts: BrowserParts): Promise<SiteHooks> {
  const hooks = new SiteHooks();
  await hooks.register(fastify, fastifyHelmet as unknown as FastifyPluginCallback, pageHeaders(site, parts.settings));
  await hooks.register(fastify, fastifySession as FastifyPluginCallback<object>, {
    secret: [...parts.secrets],
    cookieName: cookieName(site.secure, `${site.name}_session`),
    cookie: { path: '/', httpOnly: true, sameSite: 'lax', secure: site.secure },
    saveUninitialized: false,
    rolling: false,
    store: new PostgresSessionStore(parts.database, parts.clock, site.name),
  });
  return hooks;
}

/** What a form or a script sends back as its token. */
function tokenOf(request: FastifyRequest): string | undefined {
  const header = request.headers['x-csrf-token'];
  if (typeof header === 'string') return header;
  try {
    return formFields(request)[CSRF_FIELD];
  } catch {
    return undefined;
  }
}

async function installViews(fastify: FastifyInstance, shared: SiteHooks): Promise<void> {
  const root = join(projectFolder(), 'views');
  installFormats(Handlebars);
  const partials = Object.fromEntries(
    readdirSync(join(root, 'partials'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.hbs'))
      .map((file) => [file.slice(0, -'.hbs'.length).replaceAll('\\', '/'), `partials/${file}`]),
  );
  await shared.register(fastify, fastifyView as unknown as FastifyPluginCallback<object>, {
    engine: { handlebars: Handlebars },
    root,
    layout: 'layout.hbs',
    viewExt: 'hbs',
    // A partial writes no spaces into the text of a field that it contains.
    options: { partials, compileOptions: { preventIndent: true } },
    production: true,
  });
}
