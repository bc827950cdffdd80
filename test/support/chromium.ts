import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { lacks, programOf } from './optional.js';
import type { TestService } from './service.js';

/** Whether there is no Chromium for a test, for `describe.skipIf`. `CHROMIUM` names one that is not on PATH. */
export const lacksChromium = (): boolean => lacks('chromium', process.env['CHROMIUM']);

/**
 * A real browser in front of a service. The pages live at the service's public address, as in production, so that links in mail and
 * the ways back from other pages lead there; only the browser knows that this address is the service's port.
 */
export class Chromium {
  private constructor(
    readonly browser: Browser,
    /** Where the pages are, for the browser. */
    readonly origin: string,
  ) {}

  static async start(service: Pick<TestService, 'origin' | 'settings'>): Promise<Chromium> {
    const { host } = new URL(service.origin);
    const origin = service.settings.http.portalUrl;
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] || programOf('chromium') || '',
      args: ['--no-sandbox', `--host-resolver-rules=MAP ${new URL(origin).hostname} ${host}`],
      // The machine may have much else to do.
      timeout: 120_000,
    });
    return new Chromium(browser, origin);
  }

  /** An empty page of somebody who has not been here. */
  async page(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ baseURL: this.origin, ...options });
    context.setDefaultTimeout(45_000);
    return context.newPage();
  }

  stop(): Promise<void> {
    return this.browser.close();
  }
}
