import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** How long the server's own upkeep of a database is waited for: tries, and milliseconds between. */
const DROP_TRIES = 100;
const DROP_PAUSE = 200;
/** PostgreSQL's code for what a role may not do. */
const INSUFFICIENT_PRIVILEGE = '42501';

/** Runs `work` on one connection that is closed afterwards. */
export async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * Removes a database, cutting off whoever is still connected. An automatic vacuum that is at work in it cannot be cut off by the role that
 * runs the tests; it is waited for.
 */
export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await client.query(`drop database if exists ${name} with (force)`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE || tries === DROP_TRIES) throw error;
      await sleep(DROP_PAUSE);
    }
  }
}

/** The connection URL of another database on the same server. */
export function urlOfDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
