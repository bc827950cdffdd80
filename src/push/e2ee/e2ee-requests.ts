import { AppError } from '../../common/errors.js';
import { DEVICE_KIND, type DeviceKind } from '../../devices/device-kind.js';
import type { EncryptedDeviceName, EncryptedTarget } from '../../devices/encrypted-target-lookup.js';
import { e2eeApnsBody } from '../apns/apns-payload.js';
import { e2eeFcmMessage } from '../fcm/fcm-payload.js';
import type { ApnsDelivery, FcmDelivery } from '../push-provider.js';
import { decodeBase64 } from './base64.js';
import type { PushRequest } from './e2ee.schemas.js';
import { tokenIdFromBytes } from './token-id.js';

/** A request that found its device. */
export interface AimedRequest {
  /** What it is known by within its notification: two requests may be for one device. */
  readonly key: string;
  readonly request: PushRequest;
  readonly device: EncryptedTarget;
}

/**
 * The device that a request names. A token id of another length than ours names none: it is an unknown one.
 *
 * @throws AppError `e2ee.token-id` for one that is not base64
 */
export function deviceName({ token_id: tokenId, device_id: deviceId }: PushRequest): EncryptedDeviceName {
  if (tokenId === undefined) return deviceId === undefined ? {} : { deviceId: String(deviceId) };
  const bytes = decodeBase64(tokenId);
  if (!bytes) throw new AppError('e2ee.token-id');
  const number = tokenIdFromBytes(bytes);
  return number === undefined ? {} : { tokenId: number };
}

/** @throws AppError `e2ee.wrong-kind` where a request is for another kind of device than the one it found */
export function checkKinds(aimed: readonly AimedRequest[]): void {
  if (aimed.some(({ request, device }) => kindOf(request) !== device.kind)) throw new AppError('e2ee.wrong-kind');
}

/** The message of a request for an Apple device; undefined where the device has no app id and cannot be reached. */
export function encryptedApns({ request, device }: AimedRequest, exact: boolean): ApnsDelivery | undefined {
  const { http_headers: headers, payload } = request;
  if (device.iosAppId === null || headers === undefined) return undefined;
  return {
    token: device.token,
    topic: device.iosAppId,
    body: e2eeApnsBody(payload, exact),
    priority: headers.apns_priority,
    pushType: headers.apns_push_type,
    registeredAt: device.registeredAt,
  };
}

/** The message of a request for an Android device. */
export function encryptedFcm({ request, device }: AimedRequest, exact: boolean): FcmDelivery {
  const message = e2eeFcmMessage(request.payload, request.fcm_priority ?? 'normal', exact);
  return { token: device.token, body: message(device.token) };
}

function kindOf({ http_headers: headers }: PushRequest): DeviceKind {
  return headers === undefined ? DEVICE_KIND.fcm : DEVICE_KIND.apns;
}
