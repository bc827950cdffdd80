import { describe, expect, it } from 'vitest';
import { eventDetail, eventName, roleCounts } from './audit-event-texts.js';

describe('an event of the audit log', () => {
  it.each([
    [10_204, { old_value: 100, new_value: 103 }, 'value: 100 → 103'],
    [506, { plan_id: 4, property: 'end_date', old_value: null, new_value: 'x' }, 'end_date: none → x; plan_id: 4'],
    [20_001, { attr_name: 'name', old_value: 'a', new_value: 'b' }, 'name: a → b'],
    [
      10_209,
      {
        old_monthly_discounted_price: 0,
        old_annual_discounted_price: 0,
        new_monthly_discounted_price: 5,
        new_annual_discounted_price: 6,
      },
      'monthly_discounted_price: 0 → 5; annual_discounted_price: 0 → 6',
    ],
    [502, { tier: 103, discount: null, dates: { a: 1 } }, 'tier: 103; dates: {"a":1}'],
    [101, { 10: { 11: { 400: 3 } } }, ''],
    [10_201, {}, ''],
  ])('%i says what changed', (type, extra, detail) => {
    expect(eventDetail(type, extra)).toBe(detail);
  });

  it('tells at most so much', () => {
    expect(eventDetail(502, { a: 'x'.repeat(1_000) })).toHaveLength(401);
  });

  it.each([
    [101, { 10: { 11: { 100: 1, 200: 0, 600: 2 } } }, '1 owners, 2 guests'],
    [101, { 10: { 11: {} } }, 'nobody'],
    [101, {}, 'N/A'],
    [10_204, {}, undefined],
  ])('%i tells the people by role, if it is one that does', (type, extra, people) => {
    expect(roleCounts(type, extra)).toBe(people);
  });

  it('has a name, or its number', () => {
    expect([eventName(10_201), eventName(77)]).toEqual(['Server deactivated', 'Event 77']);
  });
});
