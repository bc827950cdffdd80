import { wordsOf } from '../portal/page-text.js';
import type { PageAnswer } from '../support/browser-client.js';

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
