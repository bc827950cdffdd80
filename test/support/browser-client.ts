import type { IncomingHttpHeaders } from 'node:http';
import { callApi } from './api-client.js';

/** An answer to a browser. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; undefined where it is not JSON. */
  readonly body: Record<string, unknown>;
  /** Where it leads to; undefined where it is no redirect. */
  readonly location: string | undefined;
}

export interface BrowserOptions {
  /** `Host` to send, for a service with hosts of its own for each site. */
  readonly host?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Starts with the cookies that another one has. */
  readonly cookiesOf?: BrowserClient;
}

type Fields = Readonly<Record<string, string | number>>;

/** One browser without a window: keeps cookies, and hands back the token of the page it shows. Follows no redirect by itself. */
export class BrowserClient {
  private readonly cookies = new Map<string, string>();
  private token = '';

  constructor(
    private readonly origin: string,
    private readonly options: BrowserOptions = {},
  ) {
    for (const [name, value] of options.cookiesOf?.cookies ?? []) this.cookies.set(name, value);
    this.token = options.cookiesOf?.token ?? '';
  }

  /** Opens an address of the service, whole or without its origin. */
  open(path: string, headers: Readonly<Record<string, string>> = {}): Promise<PageAnswer> {
    return this.send('GET', path, undefined, headers);
  }

  /** Opens where an answer leads. */
  follow(answer: PageAnswer): Promise<PageAnswer> {
    if (answer.location === undefined) throw new Error(`the answer ${answer.status} leads nowhere`);
    return this.open(answer.location);
  }

  /** Sends a form, with the token of the page shown last; `csrf_token` among the fields stands in for it. */
  submit(
    path: string,
    fields: Fields = {},
    headers: Readonly<Record<string, string>> = {},
    method = 'POST',
  ): Promise<PageAnswer> {
    return this.send(method, path, { csrf_token: this.token, ...fields }, headers);
  }

  /** Asks as the script of the page shown last. */
  json(method: string, path: string, fields: Fields = {}): Promise<PageAnswer> {
    const headers = { 'x-requested-with': 'XMLHttpRequest', 'x-csrf-token': this.token, accept: 'application/json' };
    return this.send(method, path, method === 'GET' ? undefined : fields, headers);
  }

  /** The value of a cookie. */
  cookie(name: string): string | undefined {
    return this.cookies.get(name);
  }

  /** All cookies that it has. */
  allCookies(): { readonly name: string; readonly value: string }[] {
    return [...this.cookies].map(([name, value]) => ({ name, value }));
  }

  /** The same cookies, with the service at another address. */
  at(origin: string, options: BrowserOptions = this.options): BrowserClient {
    return new BrowserClient(origin, { ...options, cookiesOf: this });
  }

  /** The same cookies in another browser. */
  copy(): BrowserClient {
    return this.at(this.origin);
  }

  /** The same cookies, sent to another host name of the service. */
  on(host: string): BrowserClient {
    return this.at(this.origin, { ...this.options, host });
  }

  private async send(
    method: string,
    path: string,
    form?: Fields,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<PageAnswer> {
    const { pathname, search } = new URL(path, this.origin);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await callApi(this.origin, pathname + search, {
      method,
      headers: {
        accept: 'text/html,application/xhtml+xml',
        ...(cookie ? { cookie } : {}),
        ...(this.options.host ? { host: this.options.host } : {}),
        ...this.options.headers,
        ...headers,
      },
      ...(form ? { form } : {}),
    });
    for (const set of answer.headers['set-cookie'] ?? []) this.keep(set);
    this.token = /<meta name="csrf-token" content="([^"]+)"/.exec(answer.text)?.[1] ?? this.token;
    return { ...answer, location: answer.headers.location };
  }

  private keep(set: string): void {
    const [pair = '', ...attributes] = set.split(';');
    const [name = '', ...value] = pair.trim().split('=');
    const gone = attributes.some((attribute) => /^\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(attribute));
    if (gone) this.cookies.delete(name);
    else this.cookies.set(name, value.join('='));
  }
}
