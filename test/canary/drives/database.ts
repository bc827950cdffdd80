import { expect } from 'vitest';
import { onServer } from '../../support/server-connection.js';
import type { Drive } from './drive.js';

/** A database that fails while notifications are under way, in each way that makes for other errors. */
export const databaseDrives: readonly Drive[] = [
  {
    name: 'connections that break while requests wait for them',
    run: async (world) => {
      const owner = await world.anOwner(await world.aServer());
      const statuses = await onServer(world.databaseUrl, async (client) => {
        await client.query('BEGIN; LOCK TABLE devices IN ACCESS EXCLUSIVE MODE');
        const under = [
          ...Array.from({ length: 6 }, () => world.notify(owner)),
          world.call('push/unregister', {
            auth: owner.auth,
            form: { user_id: owner.userId, token: owner.android, token_kind: 2 },
          }),
        ];
        const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
        while ((await client.query(waiting)).rows.length === 0);
        while ((await client.query(`SELECT pg_terminate_backend(pid) FROM (${waiting}) w`)).rows.length > 0);
        const killed = Promise.all(under);
        await client.query('COMMIT');
        return (await killed).map(({ status }) => status);
      });
      expect(statuses).toContain(503);
      expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
    },
  },
  {
    name: 'statements that take too long, and tables that are not there',
    run: async (world) => {
      const owner = await world.anOwner(await world.aServer());
      await onServer(world.databaseUrl, async (client) => {
        await client.query('BEGIN; LOCK TABLE devices IN ACCESS EXCLUSIVE MODE');
        expect((await world.notify(owner)).status).toBe(503);
        await client.query('COMMIT');
        await client.query('ALTER TABLE devices RENAME TO devices_elsewhere');
        try {
          expect((await world.notify(owner)).status).toBe(500);
          const form = { user_id: 10, token: owner.android, token_kind: 2 };
          expect((await world.call('push/register', { auth: owner.auth, form })).status).toBe(500);
        } finally {
          await client.query('ALTER TABLE devices_elsewhere RENAME TO devices');
        }
      });
      expect((await world.notify(owner)).status).toBe(200);
    },
  },
];
