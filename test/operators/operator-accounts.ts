import { Secret, TOTP } from 'otpauth';
import { OperatorRecords } from '../../src/operators/accounts/operator-records.js';
import type { OperatorRole } from '../../src/operators/accounts/operator-role.js';
import { BrowserClient, type PageAnswer } from '../support/browser-client.js';
import type { TestService } from '../support/service.js';

/** Of every operator that `enrolled` makes. */
export const PASSWORD = 'seven purple otters knit';

/** The path of a new link for an operator, who is added where there is none. */
export async function invite(service: TestService, email: string, role?: OperatorRole): Promise<string> {
  const link = await service.app.get(OperatorRecords).invite(email, role);
  return new URL(link ?? 'http://none/').pathname;
}

/** The secret that a page shows for a second factor. */
export function secretIn(page: PageAnswer): string {
  return (/<code id="secret">([^<]+)</.exec(page.text)?.[1] ?? '').replaceAll(' ', '');
}

/** The code of a secret at the service's time, some steps away from now. */
export function codeOf(secret: string, service: TestService, steps = 0): string {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  return totp.generate({ timestamp: service.clock.millis() + steps * 30_000 });
}

/** The recovery codes that a page shows. */
export function recoveryCodesIn(page: PageAnswer): string[] {
  return [...page.text.matchAll(/<li><code>([a-z0-9-]+)<\/code>/g)].map(([, code]) => code ?? '');
}

/** A new operator in a browser, logged in by the link of the command line; with a second factor where the service wants one. */
export async function enrolled(
  service: TestService,
  email: string,
  role?: OperatorRole,
  browser = new BrowserClient(service.origin),
): Promise<{ browser: BrowserClient; secret: string; recoveryCodes: string[] }> {
  const path = await invite(service, email, role);
  const secret = secretIn(await browser.open(path));
  const code = secret === '' ? '' : codeOf(secret, service);
  const answer = await browser.submit(path, { password: PASSWORD, code });
  return { browser, secret, recoveryCodes: recoveryCodesIn(answer) };
}
