/** What the push service says of a realm: may it send, and when will that end (Unix seconds). */
export interface RealmPushStatus {
  readonly can_push: boolean;
  readonly expected_end_timestamp: number | null;
}

/** A push that worked so recently outweighs a failed upload. */
const TRUST_MS = 3_600_000;

/** What a Zulip server from 8.0 on believes of its realm's notifications, and shows to its users. */
export class PushStatus {
  private state: RealmPushStatus = { can_push: false, expected_end_timestamp: null };
  private workedAt: Date | undefined;

  get enabled(): boolean {
    return this.state.can_push;
  }

  /** Unix seconds, or null. */
  get expectedEnd(): number | null {
    return this.state.expected_end_timestamp;
  }

  /** The answer to an upload told it. */
  told({ can_push, expected_end_timestamp }: RealmPushStatus): void {
    this.state = { can_push, expected_end_timestamp };
  }

  /** The answer to a notification told it. */
  pushed(status: RealmPushStatus, now: Date): void {
    this.told(status);
    if (status.can_push) this.workedAt = now;
  }

  /** The service refused a notification for want of permission. */
  disallowed(): void {
    this.state = { can_push: false, expected_end_timestamp: null };
  }

  /** An upload failed in a way that speaks against the registration, not for a passing trouble of the service. */
  doubted(now: Date): void {
    const worked = this.workedAt !== undefined && now.getTime() - this.workedAt.getTime() < TRUST_MS;
    if (!worked) this.disallowed();
  }
}
