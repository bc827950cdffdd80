import type { TargetDevice } from '../../devices/target-lookup.js';
import { comparableToken } from '../../devices/token.js';
import type { PushPermission } from '../../plans/permission/push-permission.js';
import { missingAndroid, missingApple } from './deleted-devices.js';
import type { NotifyRequest } from './notify.schemas.js';
import type { NotificationTargets } from './targets.js';

/** What is answered to `push/notify`. Totals are devices aimed at, not reached. */
export interface NotifyAnswer {
  readonly total_android_devices: number;
  readonly total_apple_devices: number;
  readonly deleted_devices: { readonly android_devices: string[]; readonly apple_devices: string[] };
  readonly realm: { readonly can_push: boolean; readonly expected_end_timestamp: number | null } | null;
}

/** The answer, when it is known which devices are gone (ids). */
export function notifyAnswer(
  request: NotifyRequest,
  { apple, android }: NotificationTargets,
  gone: ReadonlySet<string>,
  permission: PushPermission | undefined,
): NotifyAnswer {
  const left = (devices: readonly TargetDevice[]) => {
    const tokens = new Set<string>();
    for (const { id, kind, token } of devices) if (!gone.has(id)) tokens.add(comparableToken(kind, token));
    return tokens;
  };
  return {
    total_android_devices: android.length,
    total_apple_devices: apple.length,
    deleted_devices: {
      android_devices: missingAndroid(request.android_devices, left(android)),
      apple_devices: missingApple(request.apple_devices, left(apple)),
    },
    realm: permission
      ? { can_push: permission.canPush, expected_end_timestamp: permission.expectedEndTimestamp }
      : null,
  };
}
