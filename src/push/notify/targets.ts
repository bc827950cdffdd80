import { DEVICE_KIND } from '../../devices/device-kind.js';
import type { TargetDevice } from '../../devices/target-lookup.js';
import { comparableToken } from '../../devices/token.js';

/** Which devices a notification goes to, and which rows it makes needless. */
export interface NotificationTargets {
  readonly apple: readonly TargetDevice[];
  readonly android: readonly TargetDevice[];
  /** Rows to be forgotten: doubles, and devices that take encrypted notifications by now. */
  readonly needless: readonly TargetDevice[];
}

/**
 * Sorts the devices of a user by platform. A device known by the user's number and by the UUID is one device: the row with the
 * UUID stays.
 */
export function chooseTargets(devices: readonly TargetDevice[]): NotificationTargets {
  const apple: TargetDevice[] = [];
  const android: TargetDevice[] = [];
  const needless: TargetDevice[] = [];
  for (const same of devices.length === 1 ? [devices] : groupByToken(devices)) {
    const keeper = same.find((device) => device.byUuid) ?? same[0];
    for (const device of same) {
      if (device !== keeper || device.superseded) needless.push(device);
      else if (device.kind === DEVICE_KIND.apns) apple.push(device);
      else android.push(device);
    }
  }
  return { apple, android, needless };
}

function groupByToken(devices: readonly TargetDevice[]): TargetDevice[][] {
  const groups = new Map<string, TargetDevice[]>();
  for (const device of devices) {
    const key = `${device.kind}:${comparableToken(device.kind, device.token)}`;
    const group = groups.get(key);
    if (group) group.push(device);
    else groups.set(key, [device]);
  }
  return [...groups.values()];
}
