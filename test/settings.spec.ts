import { describe, expect, it } from 'vitest';
import { parseSettings, SettingsError } from '../src/config/settings.js';

const message = (env: Record<string, string>): string => {
  try {
    parseSettings(env);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  throw new Error('these settings were accepted');
};

describe('settings', () => {
  it('need nothing: the defaults are a service on this machine with an embedded database', () => {
    const settings = parseSettings({});
    expect(settings.http).toEqual({
      host: '127.0.0.1',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      portalUrl: 'http://localhost:3000',
      operatorUrl: 'http://localhost:3000',
      trustProxy: [],
      workers: 1,
    });
    expect(settings.database).toEqual({ dataDir: './.data' });
    expect(settings.redis).toEqual({});
    expect(settings.apns).toEqual({ origin: 'https://api.push.apple.com' });
    expect(settings.fcm).toEqual({ origin: 'https://fcm.googleapis.com' });
    expect(settings.push.onProviderOutage).toBe('retry-later');
    expect(settings.limits.perMinute).toBe(1000);
    expect(settings.mail.supportEmail).toBe('support@localhost.localdomain');
    expect(settings.log).toEqual({ level: 'info', format: 'json' });
  });

  it('take an empty variable for an unset one', () => {
    expect(parseSettings({ PORT: '', DATABASE_URL: '', APNS_KEY_FILE: '' })).toEqual(parseSettings({}));
  });

  it('leave variables alone that are not theirs', () => {
    expect(parseSettings({ PATH: '/usr/bin', PORTS: 'x' })).toEqual(parseSettings({}));
  });

  it('write logs for people on a terminal and for machines elsewhere, unless told', () => {
    expect(parseSettings({}, true).log.format).toBe('pretty');
    expect(parseSettings({}, false).log.format).toBe('json');
    expect(parseSettings({ LOG_FORMAT: 'json' }, true).log.format).toBe('json');
  });

  it('reduce an origin to scheme, host and port', () => {
    expect(parseSettings({ PUBLIC_URL: 'https://Push.Example.com:443/' }).http.publicUrl).toBe(
      'https://push.example.com',
    );
  });

  it.each([
    'push.example.com',
    'https://push.example.com/path',
    'https://a:b@push.example.com',
    'https://x/?q',
    'ftp://x',
  ])('refuse %s as an origin', (value) => {
    expect(message({ PUBLIC_URL: value })).toContain('PUBLIC_URL must be an origin');
  });

  it('take plan management and operator pages to be at the public origin unless told', () => {
    const { http } = parseSettings({ PUBLIC_URL: 'https://push.example.com', OPERATOR_URL: 'https://ops.example.com' });
    expect(http.portalUrl).toBe('https://push.example.com');
    expect(http.operatorUrl).toBe('https://ops.example.com');
  });

  it('derive mail addresses from the public host', () => {
    const { mail } = parseSettings({ PUBLIC_URL: 'https://push.example.com', BILLING_EMAIL: 'money@example.org' });
    expect(mail).toEqual({
      from: 'Push Bouncer <noreply@push.example.com>',
      supportEmail: 'support@push.example.com',
      billingEmail: 'money@example.org',
    });
  });

  it.each(['-1', '65536', '80 ', '3e3', '0x50', '1.5', 'http'])('refuse %j as a port', (value) => {
    expect(message({ PORT: value })).toContain('PORT must be a whole number from 0 to 65535');
  });

  it.each([
    ['true', 'https://api.sandbox.push.apple.com'],
    ['1', 'https://api.sandbox.push.apple.com'],
    ['false', 'https://api.push.apple.com'],
    ['no', 'https://api.push.apple.com'],
  ])('choose the Apple host by APNS_SANDBOX=%s', (value, origin) => {
    expect(parseSettings({ APNS_SANDBOX: value }).apns.origin).toBe(origin);
  });

  it('let APNS_ORIGIN override the Apple host, and insist on https there', () => {
    const origin = 'https://127.0.0.1:8443';
    expect(parseSettings({ APNS_SANDBOX: 'true', APNS_ORIGIN: origin }).apns.origin).toBe(origin);
    expect(message({ APNS_ORIGIN: 'http://127.0.0.1:8443' })).toContain('APNS_ORIGIN must be an origin');
  });

  it('split lists at commas and drop what is empty', () => {
    const { http, registration } = parseSettings({
      TRUST_PROXY: '10.0.0.1, 10.1.0.0/16,,',
      DNS_SERVERS: '127.0.0.1:5353,[::1]:53',
    });
    expect(http.trustProxy).toEqual(['10.0.0.1', '10.1.0.0/16']);
    expect(registration.dnsServers).toEqual(['127.0.0.1:5353', '[::1]:53']);
    expect(message({ DNS_SERVERS: 'resolver.example.com' })).toContain('DNS_SERVERS must be a list of ip or ip:port');
  });

  const key = { APNS_KEY_FILE: 'key.p8', APNS_KEY_ID: 'ABCDE12345', APNS_TEAM_ID: 'TEAM567890' };
  const certificate = { APNS_CERT_FILE: 'cert.pem', APNS_CERT_KEY_FILE: 'key.pem' };

  it('accept either way of authenticating at Apple', () => {
    expect(parseSettings(key).apns).toMatchObject({ keyFile: 'key.p8', keyId: 'ABCDE12345', teamId: 'TEAM567890' });
    expect(parseSettings(certificate).apns).toMatchObject({ certFile: 'cert.pem', certKeyFile: 'key.pem' });
  });

  it('refuse half an authentication at Apple, or both', () => {
    expect(message({ APNS_KEY_FILE: 'key.p8' })).toContain('must be given together');
    expect(message({ APNS_CERT_FILE: 'cert.pem' })).toContain('must be given together');
    expect(message({ ...key, ...certificate })).toContain('exclude each other');
    expect(message({ ...key, APNS_KEY_ID: 'short' })).toContain('APNS_KEY_ID');
  });

  it('ask for a session secret where nodes may share a database', () => {
    const url = 'postgresql://db/push';
    expect(message({ DATABASE_URL: url })).toContain('SESSION_SECRET must be set');
    const secret = 's'.repeat(32);
    const settings = parseSettings({ DATABASE_URL: url, SESSION_SECRET: `${secret},${secret}2` });
    expect(settings.database.url).toBe(url);
    expect(settings.sessions.secrets).toEqual([secret, `${secret}2`]);
  });

  const openId = {
    OPERATOR_OIDC_ISSUER: 'https://login.example.com/tenant/',
    OPERATOR_OIDC_CLIENT_ID: 'push-bouncer',
    OPERATOR_OIDC_CLIENT_SECRET: 'hunter2',
  };

  it('know no OpenID Connect provider unless all of one is given', () => {
    expect(parseSettings({}).operators).toEqual({});
    expect(parseSettings(openId).operators.openId).toEqual({
      issuer: 'https://login.example.com/tenant/',
      clientId: 'push-bouncer',
      clientSecret: 'hunter2',
    });
    for (const name of Object.keys(openId)) {
      expect(message({ ...openId, [name]: '' })).toMatch(/^OPERATOR_OIDC_ISSUER, .* must be given together$/);
    }
  });

  it.each(['http://localhost:8080/tenant', 'http://127.0.0.1:1', 'http://[::1]:1/x'])(
    'take a provider at %s, on this machine',
    (issuer) => {
      expect(parseSettings({ ...openId, OPERATOR_OIDC_ISSUER: issuer }).operators.openId?.issuer).toBe(issuer);
    },
  );

  it.each([
    'http://login.example.com',
    'login.example.com',
    'ftp://x',
    'https://a:b@x',
    'https://x/?q',
    'http://127.1.example.com',
  ])('refuse %s as a provider', (issuer) => {
    expect(message({ ...openId, OPERATOR_OIDC_ISSUER: issuer })).toContain('OPERATOR_OIDC_ISSUER must be a URL');
  });

  it('name every wrong setting at once and never show a value', () => {
    const text = message({ SESSION_SECRET: 'hunter2', DATABASE_URL: 'mysql://root:hunter3@db', LOG_LEVEL: 'hunter4' });
    expect(text).toMatch(/DATABASE_URL.*SESSION_SECRET.*LOG_LEVEL/);
    expect(text).not.toMatch(/hunter/);
  });
});
