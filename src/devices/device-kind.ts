/** The protocol's numbers for where a device's pushes go. */
export const DEVICE_KIND = { apns: 1, fcm: 2 } as const;

export type DeviceKind = (typeof DEVICE_KIND)[keyof typeof DEVICE_KIND];
