import { expect, it } from 'vitest';
import { countThrough, type StoredChange } from './count-walk.js';

const change = (second: number, group: string | null, id: number, users: number): StoredChange => {
  const exactTime = `2012-01-02 03:04:0${second}.000001+00`;
  return { group, id: String(id), users, exactTime, eventTime: new Date(exactTime) };
};
const counts = (...given: Parameters<typeof countThrough>) => countThrough(...given).map(({ users }) => users);

it('counts every change of one realm', () => {
  expect(counts([{ group: '1', id: '1', users: 6 }], [change(1, '1', 2, 23), change(2, '1', 3, 20)])).toEqual([23, 20]);
});

it('adds up realms, and records that name none as one more', () => {
  const changes = [change(1, '2', 2, 5), change(2, null, 3, 1), change(3, '1', 4, 10)];
  expect(counts([{ group: '1', id: '1', users: 7 }], changes)).toEqual([12, 13, 16]);
});

it('lets all changes of one instant see the count that holds from then on', () => {
  expect(counts([], [change(1, '1', 1, 3), change(1, '1', 2, 4), change(1, '2', 3, 5)])).toEqual([9, 9, 9]);
});

it('keeps to the order of arrival: a record that came in earlier changes nothing, however late its time', () => {
  const known = { group: '1', id: '9', users: 30 };
  expect(counts([known], [change(1, '1', 8, 12), change(2, '1', 10, 31)])).toEqual([30, 31]);
  expect(counts([], [change(1, '1', 11, 40), change(2, '1', 10, 5)])).toEqual([40, 40]);
});

it('compares ids as numbers', () => {
  expect(counts([{ group: '1', id: '9', users: 1 }], [change(1, '1', 10, 2)])).toEqual([2]);
});

it('hands on the instants as they are', () => {
  const [counted] = countThrough([], [change(1, '1', 1, 3)]);
  expect(counted?.exactTime).toBe('2012-01-02 03:04:01.000001+00');
  expect(counted?.eventTime.toISOString()).toBe('2012-01-02T03:04:01.000Z');
});
