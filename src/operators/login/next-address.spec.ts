import { describe, expect, it } from 'vitest';
import { nextAddress } from './next-address.js';

describe('the address after the login', () => {
  it.each(['/activity/remote/support?q=example.com', '/stats/remote/1/installation', '/operator/account/'])(
    'is %s where that was asked for',
    (asked) => {
      expect(nextAddress(asked)).toBe(asked);
    },
  );

  it.each([
    undefined,
    '',
    'activity/remote',
    'https://elsewhere.example/activity/remote',
    '//elsewhere.example/activity/remote',
    '/\\elsewhere.example/activity',
    '/activity\\..\\..\\serverlogin',
    '/activity/../serverlogin/',
    '/%2e%2e/serverlogin/',
    '/\t/elsewhere.example/activity',
    '/serverlogin/',
    '/login/',
    '/login',
    '/nowhere',
    'javascript:alert(1)',
  ])('is the landing page where %j was asked for', (asked) => {
    expect(nextAddress(asked)).toBe('/activity/remote');
  });
});
