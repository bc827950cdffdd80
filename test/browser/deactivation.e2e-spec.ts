import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chromium, lacksChromium } from '../support/chromium.js';
import { TestService } from '../support/service.js';
import { logInAsServer } from './logins.js';

describe.skipIf(lacksChromium())('a registration in a browser', { timeout: 300_000 }, () => {
  let service: TestService;
  let chromium: Chromium;
  beforeAll(async () => {
    service = await TestService.start();
    chromium = await Chromium.start(service);
  }, 240_000);
  afterAll(async () => {
    await chromium.stop();
    await service.stop();
  });

  it('is ended by whoever holds its key, from the log-in to the last page; then nothing of it opens any more', async () => {
    const server = await service.addServer();
    const page = await chromium.page({});
    await logInAsServer(page, service, server);
    await page.getByRole('link', { name: 'Deactivate' }).click();
    await page.getByRole('heading', { level: 1, name: `Deactivate the registration of ${server.hostname}` }).waitFor();
    await page.getByRole('button', { name: 'Deactivate registration' }).click();
    await page.getByRole('heading', { level: 1, name: 'Registration deactivated' }).waitFor();
    const answer = await page.goto(`/server/${server.uuid}/plans/`);
    expect(answer?.status()).toBe(400);
    expect(await page.getByRole('main').textContent()).toContain('The registration is deactivated');
  });
});
