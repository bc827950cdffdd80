import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { migrateDatabase } from '../../src/database/data-source.js';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { createTestDatabase } from '../support/database.js';
import { lacks } from '../support/optional.js';
import { TestRedis } from '../support/redis.js';
import { until } from '../support/scripted-http2.js';
import { onServer } from '../support/server-connection.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { LoadScene } from './under-load/load-scene.js';
import type { ZulipLoad } from './under-load/zulip-load.js';

/** Each goes to two phones. */
const NOTIFICATIONS = 4_000;
const STEP = 600;
const LIMIT = 180_000;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function aScene(databaseUrl: string, env: Readonly<Record<string, string>> = {}): Promise<LoadScene> {
  const scene = await LoadScene.start(databaseUrl, env);
  closers.push(() => scene.stop());
  return scene;
}

async function aDatabase(): Promise<string> {
  const database = await createTestDatabase();
  closers.push(() => database.drop());
  return database.url;
}

/** Sends notifications while one trouble follows the other, and measures how soon each is over. */
async function underLoad(
  name: string,
  scene: LoadScene,
  troubles: Readonly<Record<string, (load: ZulipLoad) => Promise<unknown>>>,
) {
  const load = scene.load(64);
  const recovery: Record<string, number> = {};
  const suffer = async () => {
    for (const [trouble, befall] of Object.entries(troubles)) {
      await load.accepts(STEP);
      await befall(load);
      const since = performance.now();
      await load.accepts(64);
      recovery[trouble] = Math.round(performance.now() - since);
    }
  };
  const sent = await load.run(NOTIFICATIONS, suffer());
  process.stdout.write(`under load, ${name}: ms until 64 more were accepted: ${JSON.stringify(recovery)}\n`);
  const tally = await scene.tally(name, sent);
  expect(sent.accepted).toBe(sent.notifications);
  for (const { taken, missing } of Object.values(tally)) expect([taken, missing]).toEqual([sent.notifications, 0]);
  return { load, sent, tally };
}

const never = (tally: Awaited<ReturnType<LoadScene['tally']>>) =>
  expect([tally.apple, tally.google]).toMatchObject([
    { doubled: 0, doubledByCut: 0, doubledBySilence: 0 },
    { doubled: 0, doubledByCut: 0, doubledBySilence: 0 },
  ]);

describe('under load no push is lost and no phone rings twice', () => {
  it(
    'while PostgreSQL restarts, crashes, is out of reach and stalls; what was answered 200 is counted',
    async () => {
      const dataDir = await mkdtemp(join(tmpdir(), `push-bouncer-test-${process.pid}-`));
      closers.push(() => rm(dataDir, { recursive: true, force: true }));
      // Under root it runs as another user, who must be able to pass through to its data.
      await chmod(dataDir, 0o711);
      let postgres = await startEmbeddedPostgres({ dataDir });
      closers.push(() => postgres.stop());
      await migrateDatabase(postgres.url);
      const line = await TcpProxy.start(Number(new URL(postgres.url).port));
      closers.push(() => line.stop());
      const throughLine = new URL(postgres.url);
      throughLine.port = String(line.port);
      const scene = await aScene(postgres.url, { DATABASE_URL: throughLine.href });
      const { sent, tally } = await underLoad('PostgreSQL', scene, {
        restart: async () => {
          await postgres.stop();
          postgres = await startEmbeddedPostgres({ dataDir });
          line.lead(Number(new URL(postgres.url).port));
        },
        crash: () =>
          onServer(postgres.url, async (client) => {
            client.on('error', () => undefined);
            const { rows } = await client.query<{ pid: number }>(
              `SELECT pid FROM pg_stat_activity WHERE application_name = 'push-bouncer hot' LIMIT 1`,
            );
            process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
          }).catch(() => undefined),
        'out of reach': async () => {
          await line.refuse();
          await sleep(1_500);
          await line.accept();
        },
        stall: async () => {
          line.stall();
          await sleep(3_000);
          line.resume();
        },
      });
      never(tally);
      expect(Object.keys(sent.answers)).toEqual(['200', '503']);
      // No Zulip server gave one up.
      expect(sent.beyondThreeRepeats).toBe(0);
      const counted = await onServer(postgres.url, async (client) => {
        const sql = `SELECT sum(pushes)::int AS sum FROM (
          SELECT value AS pushes FROM remote_installation_counts WHERE property = 'mobile_pushes_forwarded::day'
          UNION ALL SELECT unnest(forwarded) FROM push_tallies) counted`;
        return (await client.query<{ sum: number }>(sql)).rows[0]?.sum;
      });
      // A commit whose answer was lost is done again, so that it may be counted twice, but never not at all.
      expect(counted).toBeGreaterThanOrEqual(2 * sent.accepted);
    },
    LIMIT,
  );

  it.skipIf(lacks('redis'))(
    'while Redis is killed and stalls; not even a failure is answered',
    async () => {
      const redis = await TestRedis.start();
      closers.push(() => redis.stop());
      const scene = await aScene(await aDatabase(), { REDIS_URL: redis.url });
      const { sent, tally } = await underLoad('Redis', scene, {
        kill: async () => {
          await redis.kill();
          await sleep(1_000);
          await redis.start();
        },
        stall: async () => {
          redis.stall();
          await sleep(2_000);
          redis.resume();
        },
      });
      never(tally);
      expect(sent.answers).toEqual({ 200: sent.notifications });
    },
    LIMIT,
  );

  it(
    'while the service is asked to stop and started again',
    async () => {
      const scene = await aScene(await aDatabase());
      const restart = async () => {
        expect(await scene.service?.stop('SIGTERM')).toEqual({ code: 0, signal: null });
        await scene.startService();
      };
      const { tally } = await underLoad('SIGTERM', scene, { 'first stop': restart, 'second stop': restart });
      never(tally);
    },
    LIMIT,
  );

  it(
    'while workers are killed, but for what the killed ones had under way',
    async () => {
      const scene = await aScene(await aDatabase(), { WORKERS: '2' });
      const workers = () =>
        [...(scene.service?.stdout ?? '').matchAll(/"pid":(\d+)[^\n]*listening on/g)].map(([, pid]) => Number(pid));
      await until(() => workers().length === 2);
      const kill = (which: number) => async () => {
        const before = workers();
        process.kill(before[which] ?? 0, 'SIGKILL');
        await until(() => workers().length > before.length);
      };
      const { load, tally } = await underLoad('killed workers', scene, { 'one worker': kill(0), 'the other': kill(1) });
      // Nobody else can know what a process had sent that died before it told.
      for (const host of [scene.apple, scene.google]) {
        const rungTwice = host.pushes.repeated();
        expect(rungTwice.filter((push) => !load.unanswered.has(push))).toEqual([]);
        expect(rungTwice.length).toBe(host === scene.apple ? tally.apple.doubled : tally.google.doubled);
      }
    },
    LIMIT,
  );
});
