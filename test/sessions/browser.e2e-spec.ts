import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestService } from '../support/service.js';

let service: TestService;

beforeAll(async () => {
  service = await TestService.start({
    env: { PUBLIC_URL: 'http://api.push.test', PORTAL_URL: 'https://selfhosting.push.test' },
  });
});
afterAll(() => service.stop());

/** Asks for a page as a browser does; `fetch` does not let one name the host. */
async function open(path: string, host: string, headers: Record<string, string> = {}) {
  const answer = await service.app.inject({ url: path, headers: { host, accept: 'text/html', ...headers } });
  return { status: answer.statusCode, headers: answer.headers, text: answer.body };
}

describe('the sites', () => {
  it('a page of the portal answers on the portal host only, whoever asks', async () => {
    const elsewhere = await open('/serverlogin/', 'api.push.test');
    expect(elsewhere.status).toBe(404);
    expect(elsewhere.text).toContain('<h1>Page not found</h1>');
    expect((await open('/serverlogin/', 'selfhosting.push.test')).status).toBe(200);
  });

  it('a page that is not there is told in the words of a page, with the headers of one', async () => {
    const answer = await open('/realm/', 'selfhosting.push.test');
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.text).toContain('<h1>Page not found</h1>');
    expect(answer.headers['content-security-policy']).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';" +
        "form-action 'self' https://checkout.stripe.com https://billing.stripe.com https://invoice.stripe.com;" +
        "frame-ancestors 'none';base-uri 'none'",
    );
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.headers['referrer-policy']).toBe('same-origin');
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('an unknown address outside of them is a page for a browser, and JSON for everybody else', async () => {
    expect((await open('/nowhere', 'api.push.test')).text).toContain('<h1>Page not found</h1>');
    const plain = await open('/nowhere', 'api.push.test', { accept: '*/*' });
    expect(JSON.parse(plain.text)).toMatchObject({ result: 'error', msg: 'Not found' });
  });

  it('assets are found under the address that pages name, and may be kept', async () => {
    const { text } = await open('/realm/', 'selfhosting.push.test');
    const sheets = [...text.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, href]) => href ?? '');
    expect(sheets).toHaveLength(3);
    for (const sheet of sheets) {
      const asset = await open(sheet, 'selfhosting.push.test');
      expect(asset.status).toBe(200);
      expect(asset.headers['content-type']).toBe('text/css; charset=utf-8');
      expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    }
  });

  it('the API sets no cookie and knows nothing of pages', async () => {
    const answer = await open('/api/v1/remotes/push/notify', 'api.push.test');
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.headers['content-security-policy']).toBeUndefined();
    expect(JSON.parse(answer.text)).toMatchObject({ result: 'error' });
  });
});
