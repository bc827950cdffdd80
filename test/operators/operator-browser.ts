import { Secret, TOTP } from 'otpauth';
import { OperatorRecords } from '../../src/operators/accounts/operator-records.js';
import type { OperatorRole } from '../../src/operators/accounts/operator-role.js';
import type { TestService } from '../support/service.js';

/** A page as it came. */
export interface BrowserPage {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  readonly location: string | undefined;
}

/** A browser without scripts: it keeps cookies, and sends forms with the hidden fields of the page that it shows. Follows nothing. */
export class OperatorBrowser {
  readonly cookies = new Map<string, string>();
  private shown = '';

  constructor(private readonly origin: string) {}

  async open(path: string, headers: Record<string, string> = {}): Promise<BrowserPage> {
    return await this.ask(path, { headers });
  }

  /** Sends fields, and the token of the page shown last, as a form. */
  async submit(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<BrowserPage> {
    const token = /name="csrf_token" value="([^"]*)"/.exec(this.shown)?.[1];
    const body = new URLSearchParams({ ...(token === undefined ? {} : { csrf_token: token }), ...fields });
    return await this.ask(path, { method: 'POST', body, headers: { origin: this.origin, ...headers } });
  }

  private async ask(path: string, init: RequestInit): Promise<BrowserPage> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(this.origin + path, {
      ...init,
      headers: { accept: 'text/html', ...(cookie ? { cookie } : {}), ...(init.headers as Record<string, string>) },
      redirect: 'manual',
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const html = await answer.text();
    if (html !== '') this.shown = html;
    const { status, headers } = answer;
    return { status, headers, html, location: headers.get('location') ?? undefined };
  }
}

export const PASSWORD = 'seven purple otters knit';

/** The path of a new link for an operator, who is added where there is none. */
export async function invite(service: TestService, email: string, role?: OperatorRole): Promise<string> {
  const link = await service.app.get(OperatorRecords).invite(email, role);
  return new URL(link ?? 'http://none/').pathname;
}

/** The secret that a page shows for a second factor. */
export function secretIn(page: BrowserPage): string {
  return (/<code id="secret">([^<]+)</.exec(page.html)?.[1] ?? '').replaceAll(' ', '');
}

/** The code of a secret at the service's time, some steps away from now. */
export function codeOf(secret: string, service: TestService, steps = 0): string {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  return totp.generate({ timestamp: service.clock.millis() + steps * 30_000 });
}

/** The recovery codes that a page shows. */
export function recoveryCodesIn(page: BrowserPage): string[] {
  return [...page.html.matchAll(/<li><code>([a-z0-9-]+)<\/code>/g)].map(([, code]) => code ?? '');
}

/** A new operator in a browser, logged in by the link of the command line; with a second factor where the service wants one. */
export async function enrolled(
  service: TestService,
  email: string,
  role?: OperatorRole,
): Promise<{ browser: OperatorBrowser; secret: string; recoveryCodes: string[] }> {
  const browser = new OperatorBrowser(service.origin);
  const path = await invite(service, email, role);
  const secret = secretIn(await browser.open(path));
  const code = secret === '' ? '' : codeOf(secret, service);
  const answer = await browser.submit(path, { password: PASSWORD, code });
  return { browser, secret, recoveryCodes: recoveryCodesIn(answer) };
}
