import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decidePermission, type PermissionFacts, type PlanState } from './decide-permission.js';

const NOW = new Date('2024-05-01T12:00:00Z');
const END = new Date('2023-12-03T00:00:00Z');
const POLICY = { freeUsers: 10, auditLogStaleHours: 48 };
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);

const NONE: PlanState = { kind: 'none' };
const ACTIVE: PlanState = { kind: 'active' };
const ENDING: PlanState = { kind: 'ending', nextCycleAt: END };
const TOO_MANY = 'Push notifications access with 10+ users requires signing up for a plan. https://zulip.com/plans/';

interface Case {
  readonly server?: readonly [planType: number, plan: PlanState];
  readonly realm?: readonly [planType: number, plan: PlanState];
  readonly users?: number;
  readonly uploadedAt?: Date | null;
}

function facts({ server = [100, NONE], realm, users = 0, uploadedAt = ago(60) }: Case): PermissionFacts {
  return {
    server: { planType: server[0], plan: server[1], featureLevel: 235 },
    ...(realm ? { realm: { planType: realm[0], plan: realm[1] } } : {}),
    users,
    uploadedAt,
  };
}

const RULE: readonly [string, Case, boolean, number | null, string][] = [
  ['a sponsored realm', { realm: [102, NONE], users: 99 }, true, null, 'Community plan'],
  ['a sponsored realm without data', { realm: [102, NONE], uploadedAt: null }, true, null, 'Community plan'],
  ['a sponsored realm whose plan ends', { realm: [102, ENDING], users: 99 }, true, null, 'Community plan'],
  ['a sponsored server', { server: [102, NONE], users: 99 }, true, null, 'Community plan'],
  ['a planless realm of a sponsored server', { server: [102, NONE], realm: [100, NONE] }, true, null, 'Community plan'],
  [
    "a realm with a plan of its own, whatever its server's sponsorship",
    { server: [102, NONE], realm: [104, ENDING], users: 11 },
    true,
    1_701_561_600,
    'Scheduled end',
  ],
  ['nobody known', { uploadedAt: null }, false, null, 'Missing data'],
  ['few users long ago', { users: 3, uploadedAt: ago(5 * 86_400) }, false, null, 'Missing data'],
  ['11 users', { users: 11 }, false, null, TOO_MANY],
  ['10 users', { users: 10 }, true, null, 'No plan few users'],
  ['no users', { users: 0 }, true, null, 'No plan few users'],
  ['a realm with 11 users', { realm: [100, NONE], users: 11 }, false, null, TOO_MANY],
  ['a paid plan type without a plan', { realm: [104, NONE], users: 11 }, false, null, TOO_MANY],
  ['an active plan', { server: [104, ACTIVE], users: 500 }, true, null, 'Active plan'],
  ['an active plan without data', { realm: [103, ACTIVE], uploadedAt: null }, true, null, 'Active plan'],
  ["the server's plan", { server: [104, ACTIVE], realm: [100, NONE], users: 500 }, true, null, 'Active plan'],
  [
    "the realm's plan before the server's",
    { server: [104, ACTIVE], realm: [104, ENDING], users: 11 },
    true,
    1_701_561_600,
    'Scheduled end',
  ],
  ['an ending plan with 10 users', { realm: [104, ENDING], users: 10 }, true, null, 'Expiring plan few users'],
  ['an ending plan with 11 users', { realm: [104, ENDING], users: 11 }, true, 1_701_561_600, 'Scheduled end'],
  ['an ending plan without data', { realm: [104, ENDING], uploadedAt: null }, true, 1_701_561_600, 'Scheduled end'],
  ["the server's ending plan", { server: [101, ENDING], users: 11 }, true, 1_701_561_600, 'Scheduled end'],
];

describe('permission to push', () => {
  it.each(RULE)('with %s', (_, given, canPush, expectedEndTimestamp, reason) => {
    expect(decidePermission(facts(given), NOW, POLICY)).toEqual({
      canPush,
      expectedEndTimestamp,
      reason,
      serverFeatureLevel: 235,
    });
  });

  it('believes an upload of exactly two days ago, and none that is older', () => {
    const reason = (seconds: number) => decidePermission(facts({ uploadedAt: ago(seconds) }), NOW, POLICY).reason;
    expect([reason(48 * 3_600), reason(48 * 3_600 + 1)]).toEqual(['No plan few users', 'Missing data']);
  });

  it('follows the policy of the operator', () => {
    const generous = { freeUsers: 100, auditLogStaleHours: 240 };
    const at = (users: number, hours: number) =>
      decidePermission(facts({ users, uploadedAt: ago(hours * 3_600) }), NOW, generous).canPush;
    expect([at(100, 240), at(101, 240), at(100, 241)]).toEqual([true, false, false]);
    expect(decidePermission(facts({ users: 1 }), NOW, { ...POLICY, freeUsers: 0 }).canPush).toBe(false);
  });

  it('is never refused to who holds a plan, and an end is announced only where there is one', () => {
    const plan = fc.constantFrom<PlanState>(NONE, ACTIVE, ENDING);
    const customer = fc.tuple(fc.constantFrom(100, 101, 102, 103, 104, 105), plan);
    fc.assert(
      fc.property(customer, fc.option(customer), fc.nat(30), fc.boolean(), (server, realm, users, fresh) => {
        const given = { server, ...(realm ? { realm } : {}), users, uploadedAt: fresh ? ago(1) : null };
        const { canPush, expectedEndTimestamp } = decidePermission(facts(given), NOW, POLICY);
        const plans = [server[1], ...(realm ? [realm[1]] : [])];
        if (plans.some(({ kind }) => kind !== 'none')) expect(canPush).toBe(true);
        if (expectedEndTimestamp !== null) expect(plans).toContain(ENDING);
      }),
    );
  });
});
