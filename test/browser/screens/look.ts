import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Chromium } from '../../support/chromium.js';
import type { Screen, Way } from './screen.js';

const SIZES = {
  desktop: { width: 1280, height: 900 },
  phone: { width: 390, height: 844 },
} as const;
const SCHEMES = ['light', 'dark'] as const;

/** Where pictures are written (`npm run screenshots`); unset: none are. */
const FOLDER = process.env['SCREENSHOTS'];

/** Looks at a page in some state, on a desktop and on a phone, light and dark: nothing may keep anybody from using it. */
export async function look(chromium: Chromium, screen: Screen, way: Way): Promise<void> {
  const page = await chromium.page({ viewport: SIZES.desktop, javaScriptEnabled: !way.withoutScripts });
  try {
    const cookies = way.browser?.allCookies() ?? [];
    await page.context().addCookies(cookies.map((cookie) => ({ ...cookie, url: chromium.origin })));
    await page.goto(way.path);
    await way.steps?.(page);
    await page.getByRole('heading', { level: 1, name: screen.heading }).waitFor();
    if (!way.withoutScripts) return await lookAt(page, screen.name);
    const copy = await withScripts(chromium, page);
    await lookAt(copy, screen.name).finally(() => copy.context().close());
  } finally {
    await page.context().close();
  }
}

/** The same page where scripts run, as axe needs it. */
async function withScripts(chromium: Chromium, page: Page): Promise<Page> {
  const copy = await chromium.page({ viewport: SIZES.desktop });
  const body = await page.content();
  await copy.route(page.url(), (route) => route.fulfill({ contentType: 'text/html', body }));
  await copy.goto(page.url());
  return copy;
}

async function lookAt(page: Page, name: string): Promise<void> {
  for (const [device, size] of Object.entries(SIZES)) {
    await page.setViewportSize(size);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const where = `${name}, ${device}, ${colorScheme}`;
      // Colours do not depend on the size, nor the rest on the colours.
      if (colorScheme === 'light') expect(await violations(page), where).toEqual([]);
      else if (device === 'desktop') expect(await violations(page, ['color-contrast']), where).toEqual([]);
      if (device === 'phone') expect(await overflow(page), `${where}: wider than the screen`).toBe(0);
      if (FOLDER) await picture(page, `${name}.${device}.${colorScheme}.png`);
    }
  }
}

/** What axe finds against WCAG and good practice, in short; by all its rules unless some are named. */
async function violations(page: Page, rules?: string[]): Promise<string[]> {
  // There are no frames, which the other mode is for: it opens a second page each time.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  const found = await (rules ? axe.withRules(rules) : axe).analyze();
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}

/** By how much the page can be moved sideways. */
function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

async function picture(page: Page, name: string): Promise<void> {
  await mkdir(FOLDER ?? '', { recursive: true });
  await page.screenshot({ path: join(FOLDER ?? '', name), fullPage: true, animations: 'disabled' });
}
