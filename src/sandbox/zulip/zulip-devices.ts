/** A phone as the Zulip server knows it. */
export type ZulipDevice =
  | { readonly kind: 'apns'; readonly token: string; readonly appId?: string }
  | { readonly kind: 'fcm'; readonly token: string };

/** The devices of a Zulip server's users, as it believes them registered. */
export class ZulipDevices {
  private readonly byUser = new Map<number, readonly ZulipDevice[]>();

  of(userId: number): readonly ZulipDevice[] {
    return this.byUser.get(userId) ?? [];
  }

  /** Adds a device, in place of the same one. */
  add(userId: number, device: ZulipDevice, foldsApnsTokens: boolean): void {
    this.remove(userId, device, foldsApnsTokens);
    this.byUser.set(userId, [...this.of(userId), device]);
  }

  remove(userId: number, device: ZulipDevice, foldsApnsTokens: boolean): void {
    const name = (one: ZulipDevice) => nameOf(one, foldsApnsTokens);
    this.byUser.set(
      userId,
      this.of(userId).filter((one) => name(one) !== name(device)),
    );
  }

  removeAll(userId: number): void {
    this.byUser.delete(userId);
  }

  /** Tokens the service no longer has go for all users, in the spelling it reported. */
  forget(tokens: readonly string[], kind: ZulipDevice['kind']): void {
    for (const [userId, devices] of this.byUser) {
      this.byUser.set(
        userId,
        devices.filter((device) => device.kind !== kind || !tokens.includes(device.token)),
      );
    }
  }
}

function nameOf({ kind, token }: ZulipDevice, foldsApnsTokens: boolean): string {
  return `${kind}:${foldsApnsTokens && kind === 'apns' ? token.toLowerCase() : token}`;
}
