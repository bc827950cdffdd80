import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { truncateApnsRemoval, truncateGcmRemoval, truncateMessageIds } from './removal.js';

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i).join(',');

describe('removals', () => {
  it('keep the 200 largest ids, sorted', () => {
    expect(truncateGcmRemoval({ event: 'remove', zulip_message_ids: range(1, 249), server: 's' })).toEqual({
      ok: true,
      payload: { event: 'remove', zulip_message_ids: range(50, 249), server: 's' },
    });
  });

  it('are sorted by number even when they are short', () => {
    expect(truncateMessageIds('30,9,100')).toBe('9,30,100');
    expect(truncateMessageIds(' 3, +1 ,-2,007')).toBe('-2,1,3,7');
  });

  it('keep ids that JavaScript numbers cannot hold', () => {
    expect(truncateMessageIds('9223372036854775807,9007199254740993,9007199254740992')).toBe(
      '9007199254740992,9007199254740993,9223372036854775807',
    );
  });

  it.each(['1,,2', 'a', '1.5', '1e3', '9223372036854775808', '123456789012345678901', '1,'])('refuse %j', (ids) => {
    expect(truncateMessageIds(ids)).toBeUndefined();
    expect(truncateGcmRemoval({ event: 'remove', zulip_message_ids: ids })).toEqual({
      ok: false,
      message: 'Invalid zulip_message_ids in gcm_payload',
    });
  });

  it('refuse ids that are no text', () => {
    expect(truncateGcmRemoval({ event: 'remove', zulip_message_ids: [1] }).ok).toBe(false);
  });

  it('are cut where Apple payloads keep them', () => {
    const payload = {
      badge: 0,
      custom: { zulip: { event: 'remove', zulip_message_ids: '3,1,2', realm_id: 1 }, other: 1 },
    };
    expect(truncateApnsRemoval(payload)).toEqual({
      ok: true,
      payload: { badge: 0, custom: { zulip: { event: 'remove', zulip_message_ids: '1,2,3', realm_id: 1 }, other: 1 } },
    });
    expect(payload.custom.zulip.zulip_message_ids).toBe('3,1,2');
    const broken = { custom: { zulip: { event: 'remove', zulip_message_ids: 'x' } } };
    expect(truncateApnsRemoval(broken)).toEqual({ ok: false, message: 'Invalid zulip_message_ids in apns_payload' });
  });

  it('leave everything else alone', () => {
    for (const payload of [
      {},
      { event: 'message', zulip_message_ids: 'x' },
      { event: 'remove', zulip_message_ids: '' },
      { event: 'remove' },
      { alert: 'a', custom: null },
      { custom: { zulip: { event: 'message' } } },
    ]) {
      expect(truncateGcmRemoval(payload)).toEqual({ ok: true, payload });
      expect(truncateApnsRemoval(payload)).toEqual({ ok: true, payload });
    }
  });

  it('agree with sorting by BigInt for any 64-bit ids', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 1, maxLength: 300 }),
        (ids) => {
          const sorted = ids.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
          expect(truncateMessageIds(ids.join(','))).toBe(sorted.slice(-200).join(','));
        },
      ),
    );
  });
});
