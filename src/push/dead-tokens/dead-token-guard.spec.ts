import { describe, expect, it } from 'vitest';
import { Clock } from '../../common/clock.js';
import type { PushOutcome } from '../push-outcome.js';
import { DeadTokenGuard, type GuardedApp } from './dead-token-guard.js';

class SetClock extends Clock {
  at = Date.parse('2026-03-01T12:00:00Z');
  now(): Date {
    return new Date(this.at);
  }
}

const GONE: PushOutcome = { kind: 'token-gone', reason: 'BadDeviceToken' };
const REJECTED: PushOutcome = { kind: 'rejected', reason: 'BadDeviceToken' };
const FINE: PushOutcome = { kind: 'delivered' };
const LATER: PushOutcome = { kind: 'try-later', reason: 'timeout' };

function aGuard() {
  const clock = new SetClock();
  const alarms: GuardedApp[] = [];
  const guard = new DeadTokenGuard(clock, (app) => void alarms.push(app));
  /** Sends one by one; answers the last outcome as it is believed. */
  const send = (outcome: PushOutcome, times: number, app = 'org.example') => {
    let last: readonly PushOutcome[] = [];
    for (let i = 0; i < times; i++) last = guard.believe('apns', app, [outcome]);
    return last[0];
  };
  return { clock, alarms, guard, send };
}

describe('DeadTokenGuard', () => {
  it('believes dead tokens until nearly all of many sends meet one, then raises one alarm', () => {
    const { alarms, send } = aGuard();
    expect(send(GONE, 49)).toEqual(GONE);
    expect(send(GONE, 1)).toEqual(REJECTED);
    expect(send(GONE, 100)).toEqual(REJECTED);
    expect(alarms).toEqual([{ provider: 'apns', app: 'org.example', sends: 50, dead: 50, stopped: true }]);
  });

  it('judges all tokens of one notification together', () => {
    const { guard } = aGuard();
    const outcomes = [...Array.from({ length: 60 }, () => GONE), FINE, LATER];
    const believed = guard.believe('apns', 'org.example', outcomes);
    expect(believed).toEqual([...Array.from({ length: 60 }, () => REJECTED), FINE, LATER]);
  });

  it('goes on believing where some tokens live', () => {
    const { alarms, send } = aGuard();
    send(FINE, 20);
    expect(send(GONE, 150)).toEqual(GONE);
    expect(alarms).toEqual([]);
    expect(send(GONE, 30)).toEqual(REJECTED);
  });

  it('does not count what says nothing of a token', () => {
    const { send } = aGuard();
    send(LATER, 500);
    send({ kind: 'rejected', reason: 'PayloadTooLarge' }, 500);
    expect(send(GONE, 49)).toEqual(GONE);
    expect(send(GONE, 1)).toEqual(REJECTED);
  });

  it('forgets what is minutes old', () => {
    const { clock, guard, send } = aGuard();
    send(GONE, 49);
    clock.at += 301_000;
    expect(send(GONE, 49)).toEqual(GONE);
    clock.at += 600_000;
    expect(guard.snapshot()).toEqual([]);
  });

  it('keeps apps and providers apart', () => {
    const { guard, send } = aGuard();
    send(GONE, 60);
    expect(send(GONE, 1, 'org.other')).toEqual(GONE);
    expect(guard.believe('fcm', 'org.example', [GONE])).toEqual([GONE]);
    expect(guard.snapshot().map(({ provider, app, stopped }) => [provider, app, stopped])).toEqual([
      ['apns', 'org.example', true],
      ['apns', 'org.other', false],
      ['fcm', 'org.example', false],
    ]);
  });

  it('believes again when the share has fallen, and not merely because nothing was sent', () => {
    const { clock, alarms, send } = aGuard();
    send(GONE, 60);
    clock.at += 3_600_000;
    expect(send(GONE, 20)).toEqual(REJECTED);
    expect(send(FINE, 21)).toEqual(FINE);
    expect(alarms.map(({ stopped }) => stopped)).toEqual([true, false]);
    expect(send(GONE, 1)).toEqual(GONE);
  });

  it('remembers a bounded number of apps, those that are stopped first of all', () => {
    const { guard, send } = aGuard();
    send(GONE, 60, 'stopped');
    for (let i = 0; i < 3000; i++) send(FINE, 1, `app-${i}`);
    const apps = guard.snapshot();
    expect(apps).toHaveLength(1000);
    expect(apps.find(({ app }) => app === 'stopped')?.stopped).toBe(true);
  });
});
