import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { Registrants } from '../../registration/registrants/registrants.js';
import { UserCounts } from '../../registration/user-counts/user-counts.js';
import { isStale } from '../permission/decide-permission.js';

/** Counts the people who are billed: everybody of every role, guests too, bots never. */
@Injectable()
export class BilledUsers {
  constructor(
    @Inject(Registrants) private readonly registrants: Registrants,
    @Inject(UserCounts) private readonly counts: UserCounts,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** How many there are; null where the server has not reported lately, so that nobody knows. */
  async count(tx: EntityManager, holder: Registrant, serverId: string, now: Date): Promise<number | null> {
    const uploadedAt = await this.registrants.lastUploadOf(tx, serverId);
    return isStale(uploadedAt, now, this.settings.plans) ? null : this.lastKnown(tx, holder, now);
  }

  /** How many there were at some time by what was reported, however long ago that was. */
  async lastKnown(tx: EntityManager, holder: Registrant, at: Date): Promise<number> {
    const count =
      'realmId' in holder
        ? await this.counts.ofRealmAt(tx, holder.realmId, at)
        : await this.counts.ofServerAt(tx, holder.serverId, at);
    return count.users;
  }
}
