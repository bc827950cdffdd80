import { describe, expect, it } from 'vitest';
import { DEVICE_KIND } from '../../devices/device-kind.js';
import type { TargetDevice } from '../../devices/target-lookup.js';
import { chooseTargets } from './targets.js';

let ids = 0;
const device = (change: Partial<TargetDevice> = {}): TargetDevice => ({
  id: String(++ids),
  kind: DEVICE_KIND.fcm,
  token: 'aabb',
  byUuid: true,
  realmId: null,
  iosAppId: null,
  registeredAt: new Date(0),
  superseded: false,
  ...change,
});
const apple = (change: Partial<TargetDevice> = {}) => device({ kind: DEVICE_KIND.apns, ...change });

describe('the devices of a notification', () => {
  it('are sorted by platform, in the order they came', () => {
    const all = [device({ token: 'b' }), apple({ token: 'aa' }), device({ token: 'a' }), apple({ token: 'bb' })];
    const { apple: apples, android, needless } = chooseTargets(all);
    expect(android).toEqual([all[0], all[2]]);
    expect(apples).toEqual([all[1], all[3]]);
    expect(needless).toEqual([]);
  });

  it('may be none', () => {
    expect(chooseTargets([])).toEqual({ apple: [], android: [], needless: [] });
  });

  it.each([
    ['first', 0],
    ['last', 1],
  ])('known by number and UUID are one; the row with the UUID stays, be it the %s', (_name, place) => {
    const pair = [device({ byUuid: place === 0 }), device({ byUuid: place === 1 })];
    expect(chooseTargets(pair)).toEqual({ apple: [], android: [pair[place]], needless: [pair[1 - place]] });
  });

  it('known by more than two rows are one too', () => {
    const rows = [device({ byUuid: false }), device({ byUuid: true }), device({ byUuid: false })];
    expect(chooseTargets(rows)).toEqual({ apple: [], android: [rows[1]], needless: [rows[0], rows[2]] });
  });

  it("of Apple are the same in any case, Google's only in the same", () => {
    const rows = [apple({ token: 'AABB', byUuid: false }), apple({ token: 'aabb' })];
    expect(chooseTargets(rows).apple).toEqual([rows[1]]);
    const google = [device({ token: 'AABB', byUuid: false }), device({ token: 'aabb' })];
    expect(chooseTargets(google).android).toEqual(google);
  });

  it('with the same token on both platforms are two', () => {
    const [one, other] = [device(), apple()];
    expect(chooseTargets([one, other])).toEqual({ apple: [other], android: [one], needless: [] });
  });

  it('that take encrypted notifications by now are sent nothing and forgotten', () => {
    const rows = [device({ superseded: true }), device({ token: 'other' }), apple({ superseded: true })];
    expect(chooseTargets(rows)).toEqual({ apple: [], android: [rows[1]], needless: [rows[0], rows[2]] });
  });
});
