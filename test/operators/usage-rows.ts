import { randomUUID } from 'node:crypto';
import type { PageAnswer } from '../support/browser-client.js';
import type { TestServerRow, TestService } from '../support/service.js';

/** Gives a server devices of so many new users, tied to an organization where one is named. */
export async function addDevices(
  service: TestService,
  server: TestServerRow,
  users: number,
  more: { readonly realmId?: string; readonly perUser?: number; readonly kind?: number } = {},
): Promise<void> {
  const ids = Array.from({ length: users }, () => randomUUID());
  await service.rows(
    `INSERT INTO devices (server_id, user_uuid, remote_realm_id, kind, token, token_digest, registered_at)
     SELECT $1, id, $3, $4, id || '-' || n, sha256(convert_to(id || '-' || n, 'UTF8')), $6
     FROM unnest($2::uuid[]) AS id, generate_series(1, $5::int) AS n`,
    [server.id, ids, more.realmId ?? null, more.kind ?? 1, more.perUser ?? 1, service.clock.now()],
  );
  // Devices come with requests.
  await seen(service, server);
}

/** Notes that a server asked for something just now. */
export async function seen(service: TestService, server: TestServerRow): Promise<void> {
  await service.rows(
    `INSERT INTO remote_server_activity (server_id, last_request_at) VALUES ($1, $2)
     ON CONFLICT (server_id) DO UPDATE SET last_request_at = EXCLUDED.last_request_at`,
    [server.id, service.clock.now()],
  );
}

/** Notes how many users a server or organization reported. */
export async function addUsers(
  service: TestService,
  server: TestServerRow,
  users: number,
  guests: number,
  realmId?: string,
): Promise<void> {
  await service.rows('INSERT INTO user_counts (server_id, realm_id, users, guests) VALUES ($1, $2, $3, $4)', [
    server.id,
    realmId ?? null,
    users,
    guests,
  ]);
}

/** A count of a day that ends at an instant, of a server or of an organization. */
export async function addCount(
  service: TestService,
  server: TestServerRow,
  count: { property: string; subgroup?: string; end: string; value: number; realmId?: string },
): Promise<void> {
  const { property, subgroup = null, end, value, realmId } = count;
  const values = [server.id, property, subgroup, end, value];
  if (realmId === undefined) {
    await service.rows(
      'INSERT INTO remote_installation_counts (server_id, property, subgroup, end_time, value) VALUES ($1, $2, $3, $4, $5)',
      values,
    );
    return;
  }
  await service.rows(
    `INSERT INTO remote_realm_counts (server_id, property, subgroup, end_time, value, remote_realm_id)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [...values, realmId],
  );
}

/** What HTML text, or an attribute, means. */
export function unescaped(html: string): string {
  return html
    .replace(/&#x([0-9A-F]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

const text = (html: string) =>
  unescaped(html.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim();

function rowsOf(html: string): string[][] {
  return [...html.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row]) =>
    [...(row ?? '').matchAll(/<t[dh][^>]*>([\s\S]*?)<\/t[dh]>/g)].map(([, cell]) => text(cell ?? '')),
  );
}

/** The usage table of a page: the rows by the heads of their columns, and the totals. */
export function tableOf({ text: html }: PageAnswer): {
  rows: Record<string, string>[];
  totals: string[];
  heads: string[];
} {
  const part = (name: string) => new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(html)?.[1] ?? '';
  const heads = (rowsOf(part('thead'))[0] ?? []).map((head) => head.replace(/ [▼▲]$/, ''));
  const rows = rowsOf(part('tbody')).map((cells) => Object.fromEntries(cells.map((cell, i) => [heads[i] ?? '', cell])));
  return { rows, totals: rowsOf(part('tfoot'))[0] ?? [], heads };
}
