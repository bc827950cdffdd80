import { createHash } from 'node:crypto';
import { AppError } from '../common/errors.js';
import { DEVICE_KIND, type DeviceKind } from './device-kind.js';

const LONGEST_TOKEN = 4096;

/**
 * Checks kind and token in the protocol's order.
 *
 * @throws AppError `device.token-type`, `device.token-length` or `device.apns-token`
 */
export function checkToken(kind: number, token: string): asserts kind is DeviceKind {
  if (kind !== DEVICE_KIND.apns && kind !== DEVICE_KIND.fcm) throw new AppError('device.token-type');
  if (token === '' || token.length > LONGEST_TOKEN) throw new AppError('device.token-length');
  if (kind === DEVICE_KIND.apns && !/^(?:[0-9a-fA-F]{2})+$/.test(token)) throw new AppError('device.apns-token');
}

/** A token as it is compared: Apple's are case-insensitive, Google's are not. */
export function comparableToken(kind: DeviceKind, token: string): string {
  return kind === DEVICE_KIND.apns ? token.toLowerCase() : token;
}

/** SHA-256 of the token as it is compared; what devices are found by. */
export function tokenDigest(kind: DeviceKind, token: string): Buffer {
  return createHash('sha256').update(comparableToken(kind, token), 'utf8').digest();
}
