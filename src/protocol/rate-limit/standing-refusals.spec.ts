import { expect, it } from 'vitest';
import { Clock } from '../../common/clock.js';
import { type LimitRefusal, StandingRefusals } from './standing-refusals.js';

class StoppedClock extends Clock {
  at = 1_000;
  now(): Date {
    return new Date(this.at);
  }
}

const refusal: LimitRefusal = { limit: '5', remaining: '0', reset: '60', freeAt: 4_000 };

function refused(who: string, until: number) {
  const clock = new StoppedClock();
  const refusals = new StandingRefusals(clock, 3);
  refusals.add(who, refusal, clock.millis(), until);
  return { clock, refusals };
}

it('stand until their time, and for nobody else', () => {
  const { clock, refusals } = refused('a', 3_000);
  expect([refusals.any, refusals.find('a'), refusals.find('b')]).toEqual([true, refusal, undefined]);
  clock.at = 2_999;
  expect([refusals.any, refusals.find('a')]).toEqual([true, refusal]);
  clock.at = 3_000;
  expect([refusals.any, refusals.find('a')]).toEqual([false, undefined]);
});

it('are all forgotten when the last one is over, also those that nobody asked for again', () => {
  const { clock, refusals } = refused('a', 3_000);
  refusals.add('b', refusal, 1_000, 5_000);
  clock.at = 4_999;
  expect([refusals.any, refusals.size]).toEqual([true, 2]);
  clock.at = 5_000;
  expect([refusals.any, refusals.size]).toEqual([false, 0]);
});

it('do not outlive a clock that was set back', () => {
  const { clock, refusals } = refused('a', 3_000);
  clock.at = 999;
  expect(refusals.find('a')).toBeUndefined();
});

it('are never more than there is room for', () => {
  const { refusals } = refused('a', 3_000);
  for (const who of ['b', 'c', 'd']) refusals.add(who, refusal, 1_000, 3_000);
  expect(refusals.size).toBe(1);
  expect([refusals.find('a'), refusals.find('d')]).toEqual([undefined, refusal]);
});
