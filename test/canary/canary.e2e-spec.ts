import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SESSION_SECRET } from '../process/surroundings.js';
import { type CanaryKind, type Find, find } from './canaries.js';
import { CanaryWorld } from './canary-world.js';
import { databaseDrives } from './drives/database.js';
import type { Drive } from './drives/drive.js';
import { endpointDrives } from './drives/endpoints.js';
import { newerDrives } from './drives/newer-notifications.js';
import { providerDrives } from './drives/providers.js';
import { requestDrives } from './drives/requests.js';
import { CONTROL_FILE, PLACES, type Place } from './places.js';

/**
 * The first law of the service: what a notification says is written nowhere. Strings are planted wherever content, keys, tokens and
 * addresses come in; every path is driven, those of errors above all; then every place is searched.
 */
const DRIVES: readonly Drive[] = [
  ...providerDrives,
  ...newerDrives,
  ...requestDrives,
  ...databaseDrives,
  ...endpointDrives,
];
const KINDS: readonly CanaryKind[] = ['content', 'key', 'token', 'metadata'];

let world: CanaryWorld;
beforeAll(async () => {
  world = await CanaryWorld.create();
  await writeFile(join(world.around.directory, 'tmp', CONTROL_FILE), CONTROL_FILE);
});
afterAll(() => world.remove());

const named = <T extends { readonly name: string }>(things: readonly T[]) =>
  things.map((thing) => [thing.name, thing] as const);

async function search(place: Place): Promise<void> {
  const chunks = await place.read(world);
  expect(
    chunks.some(({ bytes }) => bytes.includes(place.control)),
    'the control must be found',
  ).toBe(true);
  const forbidden = KINDS.filter((kind) => !place.allowed.includes(kind));
  const finds: Find[] = chunks.flatMap(({ name, bytes }) => find(name, bytes, forbidden));
  expect(finds).toEqual([]);
}

describe('what passes through', () => {
  it.each(named(DRIVES))('goes its way: %s', (_name, { run }) => run(world), 120_000);

  it.each(named(PLACES.filter(({ when }) => when === 'running')))(
    'is not in %s',
    (_name, place) => search(place),
    120_000,
  );

  it('has not brought the service down', async () => {
    expect((await world.service.ready()).status).toBe(200);
    await world.stop();
    for (const service of world.services) expect(await service.ended).toEqual({ code: 0, signal: null });
  });

  it.each(named(PLACES.filter(({ when }) => when === 'stopped')))(
    'is not in %s',
    (_name, place) => search(place),
    120_000,
  );

  it('leaves no secret of the service itself in the log', async () => {
    const { directory, apns, fcm } = world.around;
    const password = await readFile(join(directory, 'data/postgres/cluster/password'), 'utf8');
    const keys = await Promise.all(['apns.p8', 'fcm.json'].map((name) => readFile(join(directory, name), 'utf8')));
    const secrets = [
      SESSION_SECRET,
      password.trim(),
      ...keys.map((text) => /MI[A-Za-z0-9+/]{40}/.exec(text)?.[0] ?? ''),
      ...[apns, fcm].map(({ received }) => received.at(-1)?.headers['authorization']?.split(' ')[1] ?? ''),
    ];
    for (const secret of secrets) expect(secret.length).toBeGreaterThan(10);
    const log = world.services.map(({ stdout, stderr }) => stdout + stderr).join('\n');
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
  });
});
