import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../config/settings.js';
import { answersHere, siteOfPath, sitesOf } from './site.js';

const at = (host: string) => ({ host }) as FastifyRequest;

describe('the site of a path', () => {
  it.each([
    ['/serverlogin', 'portal'],
    ['/serverlogin/?next_page=billing', 'portal'],
    ['/realm/x/plans/', 'portal'],
    ['/json/server/x/billing/plan', 'portal'],
    ['/login/', 'operator'],
    ['/activity?x=1', 'operator'],
    ['/api/v1/remotes/push/notify', undefined],
    ['/health/live', undefined],
    ['/', undefined],
    ['/constructor/', undefined],
    ['/serverlogins/', undefined],
  ])('%s is %s', (path, site) => {
    expect(siteOfPath(path)).toBe(site);
  });
});

describe('a site', () => {
  it('answers on any host while nothing sets it apart', () => {
    const sites = sitesOf(parseSettings({ PUBLIC_URL: 'https://push.example.org' }));
    expect(answersHere(sites, 'portal', at('push.example.org'))).toBe(true);
    expect(answersHere(sites, 'operator', at('127.0.0.1:3000'))).toBe(true);
  });

  it('answers on its own host only where that differs, and the other does not answer there', () => {
    const sites = sitesOf(
      parseSettings({ PUBLIC_URL: 'https://push.example.org', PORTAL_URL: 'https://selfhosting.example.org' }),
    );
    expect(answersHere(sites, 'portal', at('SelfHosting.example.org'))).toBe(true);
    expect(answersHere(sites, 'portal', at('push.example.org'))).toBe(false);
    expect(answersHere(sites, 'operator', at('selfhosting.example.org'))).toBe(false);
    expect(answersHere(sites, 'operator', at('push.example.org'))).toBe(true);
  });
});
