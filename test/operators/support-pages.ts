import type { Registrant } from '../../src/registration/registrants/registrant.js';
import { wordsOf } from '../portal/page-text.js';
import type { BrowserClient, PageAnswer } from '../support/browser-client.js';

/** What an operator sees and does of one customer. */
export class SupportDesk {
  constructor(private readonly browser: BrowserClient) {}

  search(text: string, page?: number): Promise<PageAnswer> {
    const more = page === undefined ? {} : { page: String(page) };
    return this.browser.open(`/activity/remote/support?${new URLSearchParams({ q: text, ...more })}`);
  }

  /** Sends one of the page's forms for somebody. */
  send(holder: Registrant, fields: Readonly<Record<string, string>>, text = ''): Promise<PageAnswer> {
    const target = 'serverId' in holder ? { remote_server_id: holder.serverId } : { remote_realm_id: holder.realmId };
    return this.browser.submit(`/activity/remote/support?${new URLSearchParams({ q: text })}`, {
      ...target,
      ...fields,
    });
  }

  /** The same, and what the box says: `green: …` or `red: …`, or the status of the answer. */
  async does(holder: Registrant, fields: Readonly<Record<string, string>>): Promise<string> {
    return boxOf(await this.send(holder, fields));
  }
}

/** What the box of an answer says. */
export function boxOf({ status, text }: PageAnswer): string {
  if (status !== 200) return String(status);
  const [, kind, words = ''] =
    /<div class="notice (success|error)" role="(?:status|alert)"><p>([^<]*)<\/p>/.exec(text) ?? [];
  if (kind === undefined) return 'no box';
  return `${kind === 'success' ? 'green' : 'red'}: ${wordsOf(words)}`;
}

/** Hosts of the servers that a page shows, in their order. */
export function hostsOn({ text }: PageAnswer): string[] {
  return [...text.matchAll(/<h2 id="s\d+-name">([^<]*)<\/h2>/g)].map(([, host]) => host ?? '');
}

/** The words that a page has on a server (`s1`) or organization (`r1`). */
export function blockOf({ text }: PageAnswer, key: string): string {
  const start = text.indexOf(`id="${key}-name"`);
  if (start === -1) return '';
  const rest = text.slice(start + 1);
  const end = rest.search(/id="[sr]\d+-name"/);
  return wordsOf(`<${end === -1 ? rest : rest.slice(0, end)}`);
}

/** Names of the fields of the forms that a page has. */
export function fieldsOn({ text }: PageAnswer): Set<string> {
  const main = /<main[\s\S]*<\/main>/.exec(text)?.[0] ?? '';
  return new Set([...main.matchAll(/<(?:input|select|button)\b[^>]* name="([^"]+)"/g)].map(([, name]) => name ?? ''));
}
