import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UserCounts } from '../../src/registration/user-counts/user-counts.js';
import { TestService } from '../support/service.js';
import { type AuditRow, permissions, population, report } from './population.js';

let service: TestService;
beforeAll(async () => {
  service = await TestService.start();
});
afterAll(() => service.stop());
beforeEach(() => service.clock.set(new Date()));

const counts = () => service.app.get(UserCounts, { strict: false });
const database = () => service.app.get(DataSource);
const DAY = 86_400_000;
const later = (millis: number) => new Date(service.clock.millis() + millis);

/** The counts that the service keeps. */
async function kept(
  serverId: string,
): Promise<{ server: number | undefined; realms: number[]; guests: number | undefined }> {
  const rows = await service.rows<{ realm_id: string | null; users: number; guests: number }>(
    'SELECT realm_id, users, guests FROM user_counts WHERE server_id = $1 ORDER BY realm_id',
    [serverId],
  );
  const total = rows.find((row) => row.realm_id === null);
  return { server: total?.users, guests: total?.guests, realms: rows.flatMap((r) => (r.realm_id ? [r.users] : [])) };
}

const ten = population([10, 10, 10, 10, 10]);

describe('users of a realm', () => {
  const SAME = '2024-01-01T00:00:00.123456Z';
  const cases: readonly [string, readonly Omit<AuditRow, 'realmId'>[], number][] = [
    [
      'E3: are those of the record that arrived last',
      [
        { extraData: ten, eventTime: SAME },
        { extraData: population([10, 20, 0, 30, 10]), eventTime: SAME, eventType: 105 },
      ],
      70,
    ],
    ['E6: do not include bots', [{ extraData: population([1, 1, 0, 1, 0], 40) }], 3],
    [
      'E7: are the five roles only, whatever else newer servers send',
      [
        {
          extraData: {
            10: { 11: { 100: 1, 200: 2, 400: 7, workplace_users: 8, non_workplace_users: 2 }, 12: 0 },
            1: 100,
            2: 400,
          },
        },
      ],
      10,
    ],
    [
      'E8: leave out a record dated tomorrow',
      [{ extraData: ten }, { extraData: population([1, 0, 0, 0, 0]), eventTime: new Date(Date.now() + DAY) }],
      50,
    ],
    [
      'E9: are those of a record that arrived later though it is dated earlier',
      [{ extraData: ten }, { extraData: population([1, 2, 3, 4, 5]), eventTime: '2020-02-02T00:00:00Z' }],
      15,
    ],
    ['E10: are none where nothing was reported', [], 0],
    ['pass over records without counts', [{ extraData: ten }, { extraData: {} }, { extraData: { 1: 2 } }], 50],
    ['pass over records that hold something else', [{ extraData: ten }, { extraData: { 10: { 11: [1] } } }], 50],
    [
      'pass over events that no server reports',
      [{ extraData: ten }, { extraData: population([1, 0, 0, 0, 0]), eventType: 20_001 }],
      50,
    ],
    [
      'take what is not a number for nobody',
      [{ extraData: { 10: { 11: { 100: '7', 200: null, 300: [3], 400: 4, 600: 2.0 } } } }],
      6,
    ],
    ['do not overflow', [{ extraData: { 10: { 11: { 100: 1e200, 600: -5 } } } }], 2_147_483_647],
    ['are at least none', [{ extraData: { 10: { 11: { 100: -5 } } } }], 0],
  ];
  it.each(cases)('%s', async (_, rows, users) => {
    const server = await service.addServer();
    const realm = await service.addRealm(server);
    await report(
      service,
      server.id,
      rows.map((row) => ({ ...row, realmId: realm.id })),
    );
    expect(await kept(server.id)).toMatchObject({ server: users, realms: [users] });
  });

  it('count only what is linked to the realm', async () => {
    const server = await service.addServer();
    await service.addRealm(server);
    await report(service, server.id, [{ extraData: ten }]);
    expect(await kept(server.id)).toMatchObject({ server: 50, realms: [0] });
  });
});

describe('users of a server', () => {
  it('E4: are the last known population of every realm that it ever spoke of', async () => {
    const server = await service.addServer();
    const rows: readonly [number, unknown][] = [
      [1, ten],
      [1, population([0, 20, 0, 20, 10])],
      [2, population([10, 10, 0, 10, 5])],
      [2, {}],
      [3, population([1, 1, 1, 1, 1])],
      [3, population([1, 1, 1, 0, 1])],
    ];
    await report(
      service,
      server.id,
      rows.map(([realm, extraData]) => ({ realm, extraData })),
    );
    expect(await kept(server.id)).toEqual({ server: 89, guests: 16, realms: [] });
  });

  it('take records without a realm number for one realm', async () => {
    const server = await service.addServer();
    await report(service, server.id, [
      { realm: null, extraData: ten },
      { realm: null, extraData: population([1, 0, 0, 0, 0]) },
      { realm: 0, extraData: population([2, 0, 0, 0, 0]) },
    ]);
    expect((await kept(server.id)).server).toBe(3);
  });

  it('are not mixed with those of other servers', async () => {
    const [one, two] = [await service.addServer(), await service.addServer()];
    await report(service, one.id, [{ extraData: ten }]);
    await report(service, two.id, [{ extraData: population([3, 0, 0, 0, 0]) }]);
    expect([(await kept(one.id)).server, (await kept(two.id)).server]).toEqual([50, 3]);
  });

  it('are known for any time in the past', async () => {
    const server = await service.addServer();
    const realm = await service.addRealm(server);
    await report(service, server.id, [
      { realmId: realm.id, extraData: population([1, 0, 0, 0, 0]), eventTime: '2024-01-01T00:00:00Z' },
      { realmId: realm.id, extraData: population([2, 0, 0, 0, 1]), eventTime: '2024-02-01T00:00:00Z' },
    ]);
    const at = async (time: string) => [
      (await counts().ofRealmAt(database().manager, realm.id, new Date(time))).users,
      (await counts().ofServerAt(database().manager, server.id, new Date(time))).users,
    ];
    expect(await at('2023-12-31T23:59:59Z')).toEqual([0, 0]);
    expect(await at('2024-01-31T23:59:59Z')).toEqual([1, 1]);
    expect(await at('2024-02-01T00:00:00Z')).toEqual([3, 3]);
  });
});

describe('a record dated in the future', () => {
  it('takes effect when its time comes, without an upload', async () => {
    const server = await service.addServer({ featureLevel: 235 });
    const realm = await service.addRealm(server);
    const of = async (realmId?: string) =>
      (await permissions(service).of({ serverId: server.id, ...(realmId ? { realmId } : {}) })).reason;
    await report(service, server.id, [
      { realmId: realm.id, extraData: population([1, 0, 0, 0, 0]) },
      { realmId: realm.id, extraData: ten, eventTime: later(3_600_000) },
      { realmId: realm.id, extraData: population([2, 0, 0, 0, 0]), eventTime: later(7_200_000) },
    ]);
    expect([await of(), await of(realm.id)]).toEqual(['No plan few users', 'No plan few users']);
    service.clock.advance(3_601);
    expect(await of(realm.id)).toContain('10+ users');
    expect(await of()).toContain('10+ users');
    expect(await kept(server.id)).toMatchObject({ server: 50, realms: [50] });
    service.clock.advance(3_600);
    const both = Array.from({ length: 20 }, (_, i) => of(i % 2 === 0 ? realm.id : undefined));
    expect(new Set(await Promise.all(both))).toEqual(new Set(['No plan few users']));
    expect(await kept(server.id)).toMatchObject({ server: 2, realms: [2] });
  });

  it('is answered for even while an upload of the server holds its row', async () => {
    const server = await service.addServer();
    await report(service, server.id, [{ extraData: ten, eventTime: later(3_600_000) }]);
    service.clock.advance(3_601);
    const client = await service.db.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM remote_servers WHERE id = $1 FOR NO KEY UPDATE', [server.id]);
      expect((await permissions(service).of({ serverId: server.id })).reason).toContain('10+ users');
      expect(await kept(server.id)).toMatchObject({ server: 0 });
      await client.query('ROLLBACK');
    } finally {
      client.release();
    }
    expect((await permissions(service).of({ serverId: server.id })).reason).toContain('10+ users');
    expect(await kept(server.id)).toMatchObject({ server: 50 });
  });

  it('does not wait for its time where a record has arrived after it', async () => {
    const server = await service.addServer();
    await report(service, server.id, [
      { extraData: ten, eventTime: later(3_600_000) },
      { extraData: population([1, 0, 0, 0, 0]) },
    ]);
    service.clock.advance(3_601);
    expect((await permissions(service).of({ serverId: server.id })).reason).toBe('No plan few users');
  });

  it('is seen by an upload that is answered after its time has come', async () => {
    const server = await service.addServer();
    const realm = await service.addRealm(server);
    await report(service, server.id, [{ realmId: realm.id, extraData: ten, eventTime: later(3_600_000) }]);
    service.clock.advance(3_601);
    const answer = await permissions(service).ofRealms(database().manager, server.id, [realm.id]);
    expect(answer.get(realm.id)?.canPush).toBe(false);
  });
});
