import { expect, it } from 'vitest';
import { AddressRules } from './address-rules.js';

const nothing = new AddressRules([]);

it.each([...['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808']])(
  'calls the public address %s',
  (address) => {
    expect(nothing.allowsAddress(address)).toBe(true);
  },
);

it.each([
  ...['127.0.0.1', '127.9.9.9', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'],
  ...['198.18.0.1', '192.0.2.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '192.88.99.1', '::1', '::', 'fe80::1'],
  ...['fc00::1', 'fec0::1', 'ff02::1', '2001:db8::1', '2002:7f00:1::', '2001::1', '100::1', '::ffff:127.0.0.1'],
  ...['::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::a00:1', '64:ff9b:1::7f00:1', '4000::1', 'nonsense', ''],
])('does not call %s', (address) => {
  expect(nothing.allowsAddress(address)).toBe(false);
});

it('calls what the settings name: addresses, ranges, and hosts wherever they are', () => {
  const rules = new AddressRules(['10.1.0.0/16', '192.168.1.5', 'fd00::/8', 'Zulip.Internal', 'other.internal:8443']);
  const allowed = ['10.1.2.3', '192.168.1.5', 'fd12::1', '::ffff:10.1.2.3'];
  expect(allowed.filter((address) => !rules.allowsAddress(address))).toEqual([]);
  expect(['10.2.0.1', '192.168.1.6', 'fc12::1'].filter((address) => rules.allowsAddress(address))).toEqual([]);
  const hosts = [
    'zulip.internal',
    'zulip.internal:9',
    'other.internal:8443',
    'other.internal',
    'zulip.internal.evil.org',
  ];
  expect(hosts.filter((host) => rules.allowsHost(new URL(`https://${host}/`)))).toEqual(hosts.slice(0, 3));
});
