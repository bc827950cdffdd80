import type { HandedRegistration } from './simulated-phone.js';

/** A device for encrypted notifications as its Zulip server knows it: everything but its token. */
export interface EncryptedDevice extends Pick<HandedRegistration, 'kind' | 'tokenId' | 'keyId' | 'key'> {
  readonly userId: number;
  /** The push service's number for it, where Zulip 11 registered it. */
  readonly deviceId?: number;
}

/** The devices of a Zulip server that take encrypted notifications. */
export class EncryptedDevices {
  private devices: readonly EncryptedDevice[] = [];

  of(userId: number): readonly EncryptedDevice[] {
    return this.devices.filter((device) => device.userId === userId);
  }

  /** Keeps a device; it takes the place of the same user's registration of the same one. */
  add(device: EncryptedDevice): void {
    const others = this.devices.filter(({ userId, tokenId }) => userId !== device.userId || tokenId !== device.tokenId);
    this.devices = [...others, device];
  }

  /** Devices the service no longer has go for all users. */
  forget(names: readonly (string | number)[]): void {
    this.devices = this.devices.filter(
      ({ tokenId, deviceId }) => !names.includes(tokenId) && (deviceId === undefined || !names.includes(deviceId)),
    );
  }
}
