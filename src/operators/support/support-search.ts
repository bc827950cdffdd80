import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { Search } from './support-query.js';

/** Servers of a page: each comes with all of its organizations. */
export const PAGE_SERVERS = 10;
/** Organizations shown of one server; those that the search found, and the largest, come first. */
export const MOST_REALMS = 50;

/** What a search found: servers, and of each the organizations to show. */
export interface FoundServers {
  /** In the order in which they are shown: what is deactivated comes last. */
  readonly serverIds: readonly string[];
  readonly realmIds: readonly string[];
  /** Servers found altogether. */
  readonly count: number;
}

/** Servers that a search finds by themselves, and whether it finds organization `r`; $1 is the text in lower case. */
const MATCHES: Readonly<Record<Search['by'], { readonly servers: string; readonly realm: string }>> = {
  uuid: {
    servers: 'SELECT id FROM remote_servers WHERE uuid = $1::uuid',
    realm: 'r.uuid = $1::uuid',
  },
  email: {
    servers: `
      SELECT id FROM remote_servers WHERE lower(contact_email) = $1
      UNION SELECT server_id FROM server_billing_users WHERE lower(email) = $1`,
    realm: 'EXISTS (SELECT FROM realm_billing_users u WHERE u.realm_id = r.id AND lower(u.email) = $1)',
  },
  name: {
    servers: 'SELECT id FROM remote_servers WHERE strpos(lower(hostname), $1) > 0',
    realm: '(strpos(lower(r.host), $1) > 0 OR strpos(lower(r.name), $1) > 0)',
  },
};

/** The organizations that a search by address finds are found from the addresses, not the other way round. */
const REALM_MATCHES: Readonly<Record<Search['by'], string>> = {
  uuid: `SELECT r.server_id FROM remote_realms r WHERE ${MATCHES.uuid.realm}`,
  email: `
    SELECT r.server_id FROM realm_billing_users u JOIN remote_realms r ON r.id = u.realm_id WHERE lower(u.email) = $1`,
  name: `SELECT r.server_id FROM remote_realms r WHERE ${MATCHES.name.realm}`,
};

const servers = (by: Search['by']) => `
  WITH found AS MATERIALIZED (${MATCHES[by].servers} UNION ${REALM_MATCHES[by]})
  SELECT s.id, (SELECT count(*) FROM found)::integer AS count
  FROM remote_servers s WHERE s.id IN (SELECT id FROM found)
  ORDER BY s.deactivated, s.hostname, s.id LIMIT ${PAGE_SERVERS} OFFSET $2`;

const realms = (by: Search['by']) => `
  SELECT shown.id FROM unnest($2::bigint[]) AS server (id) CROSS JOIN LATERAL (
    SELECT r.id FROM remote_realms r LEFT JOIN user_counts u ON u.realm_id = r.id
    WHERE r.server_id = server.id AND NOT r.is_system_bot_realm
    ORDER BY ${MATCHES[by].realm} DESC, u.users DESC NULLS LAST, r.id LIMIT ${MOST_REALMS}
  ) shown`;

/** Finds the servers that somebody means, by what they know of them or of one of their organizations. Two statements. */
@Injectable()
export class SupportSearch {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** The page of that number, the first being 0. */
  async find({ by, text }: Search, page: number): Promise<FoundServers> {
    const rows = await this.database.query<{ id: string; count: number }[]>(servers(by), [text, page * PAGE_SERVERS]);
    const serverIds = rows.map(({ id }) => id);
    if (serverIds.length === 0) return { serverIds, realmIds: [], count: 0 };
    const shown = await this.database.query<{ id: string }[]>(realms(by), [text, serverIds]);
    return { serverIds, realmIds: shown.map(({ id }) => id), count: rows[0]?.count ?? 0 };
  }
}
