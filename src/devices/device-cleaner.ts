import { Inject, Injectable } from '@nestjs/common';
import { HotPool } from '../database/hot-pool.js';
import type { DeviceKind } from './device-kind.js';
import { tokenDigest } from './token.js';

/** A token that its provider declared dead. */
export interface DeadToken {
  readonly kind: DeviceKind;
  readonly token: string;
  /** When the provider learned of it, if it said so: what was registered later is alive. */
  readonly since?: Date;
}

// Whoever changes several devices locks them in the order of their ids, so that requests which meet on the same devices wait for
// one another instead of blocking each other.

/** On all servers: the token is dead for everybody. */
const REMOVE_DEAD = `
  DELETE FROM devices WHERE id IN (
    SELECT d.id
    FROM unnest($1::smallint[], $2::bytea[], $3::timestamptz[]) AS dead (kind, token_digest, since)
    JOIN devices d ON d.token_digest = dead.token_digest AND d.kind = dead.kind
      AND (dead.since IS NULL OR d.registered_at < dead.since)
    ORDER BY d.id FOR UPDATE OF d
  )`;

const REMOVE = `
  DELETE FROM devices WHERE server_id = $1 AND id IN (
    SELECT id FROM devices WHERE server_id = $1 AND id = ANY ($2::bigint[]) ORDER BY id FOR UPDATE
  )`;

const ADOPT = `
  UPDATE devices SET remote_realm_id = $2 WHERE server_id = $1 AND id IN (
    SELECT id FROM devices
    WHERE server_id = $1 AND id = ANY ($3::bigint[]) AND remote_realm_id IS NULL
    ORDER BY id FOR UPDATE
  )`;

/** Changes to devices that sending brings about. */
@Injectable()
export class DeviceCleaner {
  constructor(@Inject(HotPool) private readonly pool: HotPool) {}

  /** Forgets dead tokens, on all servers. */
  async removeDead(tokens: readonly DeadToken[]): Promise<void> {
    if (tokens.length === 0) return;
    await this.pool.query('remove-dead-devices', REMOVE_DEAD, [
      tokens.map(({ kind }) => kind),
      tokens.map(({ kind, token }) => tokenDigest(kind, token)),
      tokens.map(({ since }) => since ?? null),
    ]);
  }

  /** Forgets rows of a server. */
  async remove(serverId: string, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.pool.query('remove-devices', REMOVE, [serverId, ids]);
  }

  /** Gives rows that belong to no realm yet to the one their server names now. */
  async adopt(serverId: string, realmId: string, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.pool.query('adopt-devices', ADOPT, [serverId, realmId, ids]);
  }
}
