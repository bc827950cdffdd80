/** People of a realm by role, active accounts only. */
export interface RoleCounts {
  readonly owners: number;
  readonly administrators: number;
  readonly moderators: number;
  readonly members: number;
  readonly guests: number;
  readonly bots: number;
}

/** A record of a change of users, with the population right after it. */
export interface AuditRow {
  readonly id: number;
  readonly eventTime: Date;
  readonly eventType: number;
  readonly roles: RoleCounts;
}

/** A statistic of one interval. */
export interface CountRow {
  readonly id: number;
  readonly property: string;
  readonly subgroup: string | null;
  readonly endTime: Date;
  readonly value: number;
}

/** Event types that a Zulip server reports. */
export const USER_EVENT = {
  created: 101,
  activated: 102,
  deactivated: 103,
  reactivated: 104,
  roleChanged: 105,
} as const;

const HOUR_MS = 3_600_000;
const FEW_USERS: RoleCounts = { owners: 1, administrators: 0, moderators: 0, members: 4, guests: 0, bots: 1 };

/** The tables of a Zulip server that an upload is made from. */
export class ZulipRecords {
  readonly audit: AuditRow[] = [];
  readonly realmCounts: CountRow[] = [];
  readonly installationCounts: CountRow[] = [];
  private population = FEW_USERS;

  /** The first users are there from the start. */
  constructor(now: Date) {
    this.changeUsers({}, now);
  }

  get roles(): RoleCounts {
    return this.population;
  }

  /** Writes down what the population is now; roles that are not named stay as they were. */
  changeUsers(roles: Partial<RoleCounts>, now: Date, eventType: number = USER_EVENT.created): void {
    this.population = { ...this.population, ...roles };
    // The same table holds events that stay on the server: they take numbers in between.
    const id = (this.audit.at(-1)?.id ?? 0) + 2;
    this.audit.push({ id, eventTime: now, eventType, roles: this.population });
  }

  /** Writes down the statistics of the last full hour: messages that people sent, and messages they read. */
  countHour(now: Date, { sent, read }: { readonly sent: number; readonly read: number }): void {
    const endTime = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS);
    for (const table of [this.realmCounts, this.installationCounts]) {
      const id = (table.at(-1)?.id ?? 0) + 1;
      table.push(
        { id, property: 'messages_sent:is_bot:hour', subgroup: 'false', endTime, value: sent },
        { id: id + 1, property: 'messages_read::hour', subgroup: null, endTime, value: read },
      );
    }
  }
}
