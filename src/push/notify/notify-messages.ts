import { AppError } from '../../common/errors.js';
import type { TargetDevice } from '../../devices/target-lookup.js';
import { legacyApnsBody } from '../apns/apns-payload.js';
import type { Parcel } from '../dispatcher.js';
import { legacyFcmMessage, parseFcmOptions } from '../fcm/fcm-payload.js';
import type { ApnsDelivery, FcmDelivery } from '../push-provider.js';
import { truncateApnsRemoval, truncateGcmRemoval } from '../removal.js';
import type { NotifyRequest } from './notify.schemas.js';

/** How long Apple keeps a notification for a phone that is off: a day, in seconds. */
export const APNS_LIFETIME = 86_400;

/**
 * The messages to a user's Apple devices. A device without an app id cannot be reached: undefined stands in its place.
 *
 * @throws AppError `push.removal` for message ids that are none
 */
export function apnsDeliveries(
  request: NotifyRequest,
  devices: readonly TargetDevice[],
  nowSeconds: number,
  exact: boolean,
): Parcel<ApnsDelivery | undefined>[] {
  if (devices.length === 0) return [];
  const removal = truncateApnsRemoval(request.apns_payload);
  if (!removal.ok) throw new AppError('push.removal', { problem: removal.message });
  const body = legacyApnsBody(removal.payload, exact);
  const expiration = nowSeconds + APNS_LIFETIME;
  return devices.map(({ id, token, iosAppId, registeredAt }) => ({
    key: id,
    delivery: iosAppId === null ? undefined : { token, topic: iosAppId, body, expiration, registeredAt },
  }));
}

/**
 * The messages to a user's Android devices.
 *
 * @throws AppError `push.gcm-option` for options that are not known, where Google can be reached at all
 */
export function fcmDeliveries(
  request: NotifyRequest,
  devices: readonly TargetDevice[],
  configured: boolean,
  exact: boolean,
): Parcel<FcmDelivery>[] {
  if (devices.length === 0) return [];
  const removal = truncateGcmRemoval(request.gcm_payload);
  if (!removal.ok) throw new AppError('push.removal', { problem: removal.message });
  const options = parseFcmOptions(request.gcm_options, request.gcm_payload, exact);
  if (!options.ok && configured) throw new AppError('push.gcm-option', { problem: options.message });
  const message = legacyFcmMessage(removal.payload, options.ok ? options.priority : 'normal', exact);
  return devices.map(({ id, token }) => ({ key: id, delivery: { token, body: message(token) } }));
}
