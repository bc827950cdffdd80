import { describe, expect, it } from 'vitest';
import { readUsageQuery, usageAddress } from './usage-query.js';

describe('the address of the usage table', () => {
  it('asks for everything, the busiest servers first, where it says nothing', () => {
    expect(readUsageQuery({})).toEqual({ selection: {}, order: { by: 'server', descending: true }, page: 0 });
    expect(usageAddress('/x', readUsageQuery({}))).toBe('/x');
  });

  it('says the same when it is read and written again', () => {
    const parameters = {
      ...{ plan: '103', status: '1', version: '11', stale: '1', over: '1', q: 'a & b' },
      ...{ sort: 'arr', dir: 'desc', page: '3' },
    };
    const query = readUsageQuery(parameters);
    expect(query).toEqual({
      selection: { tier: 103, status: 1, version: '11', stale: true, overLimit: true, text: 'a & b' },
      order: { by: 'arr', descending: true },
      page: 2,
    });
    const written = new URL(usageAddress('/x', query), 'http://none').searchParams;
    expect(Object.fromEntries(written)).toEqual(parameters);
  });

  it.each([
    [{ plan: '', status: '', version: '', q: '', sort: '', dir: '' }, {}],
    [{ q: '   ' }, {}],
    [{ plan: '0' }, { tier: 0 }],
  ])('takes an empty field of the form for nothing: %j', (parameters, selection) => {
    expect(readUsageQuery(parameters).selection).toEqual(selection);
  });

  it.each([
    { plan: '100' },
    { plan: 'x' },
    { status: '5' },
    { status: '11' },
    { stale: 'yes' },
    { sort: 'uuid' },
    { dir: 'up' },
    { page: '0' },
    { page: '1e9' },
    { q: ['a', 'b'] },
  ])('is refused where no link says so: %j', (parameters) => {
    expect(() => readUsageQuery(parameters)).toThrow('http.bad-request');
  });
});
