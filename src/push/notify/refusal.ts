import { AppError } from '../../common/errors.js';
import type { PushPermission } from '../../plans/permission/push-permission.js';

/** The error for a server that may not send. One that never told its feature level only understands the older code. */
export function refusal(permission: PushPermission): AppError {
  if (permission.serverFeatureLevel === null) return new AppError('push.not-allowed-old-server');
  return new AppError('push.not-allowed', { reason: permission.reason });
}
