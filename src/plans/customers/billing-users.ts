import { Inject, Injectable } from '@nestjs/common';
import { type EntityManager, Raw } from 'typeorm';
import { Clock } from '../../common/clock.js';
import type { Registrant } from '../../registration/registrants/registrant.js';
import { RealmBillingUser } from './realm-billing-user.entity.js';
import { ServerBillingUser } from './server-billing-user.entity.js';

/** Somebody who manages a plan. */
export interface KnownBillingUser {
  readonly id: string;
  readonly email: string;
  /** Empty: not said yet. */
  readonly fullName: string;
  /** Of the terms of service accepted last; null: none were. */
  readonly tosVersion: string | null;
  readonly isActive: boolean;
}

/** How a billing user is found: by the user whom a realm's server vouches for, or by the address confirmed for a server. */
export type BillingUserKey =
  | { readonly realmId: string; readonly userUuid: string }
  | { readonly serverId: string; readonly email: string };

/** What a billing user says at a login. What is left out stays. */
export interface LoginDetails {
  readonly tosVersion?: string;
  readonly fullName?: string;
  readonly enableMajorReleaseEmails?: boolean;
  readonly enableMaintenanceReleaseEmails?: boolean;
}

/** Those who manage the plans of servers and realms. */
@Injectable()
export class BillingUsers {
  constructor(@Inject(Clock) private readonly clock: Clock) {}

  async find(tx: EntityManager, key: BillingUserKey): Promise<KnownBillingUser | undefined> {
    const found =
      'realmId' in key
        ? await tx.findOneBy(RealmBillingUser, key)
        : await tx.findOneBy(ServerBillingUser, { serverId: key.serverId, email: sameAddress(key.email) });
    return found ?? undefined;
  }

  /** A billing user of this server or realm by id. */
  async byId(tx: EntityManager, holder: Registrant, id: string): Promise<KnownBillingUser | undefined> {
    const found =
      'realmId' in holder
        ? await tx.findOneBy(RealmBillingUser, { ...holder, id })
        : await tx.findOneBy(ServerBillingUser, { ...holder, id });
    return found ?? undefined;
  }

  /** The billing user, in the caller's transaction made where there is none. One that exists keeps its address. */
  async findOrCreate(tx: EntityManager, key: BillingUserKey, email: string): Promise<KnownBillingUser> {
    const before = await this.find(tx, key);
    if (before) return before;
    const row = { ...key, email, createdAt: this.clock.now() };
    const insert = tx.createQueryBuilder().insert();
    // Somebody may be doing the same by a second link.
    await ('realmId' in row ? insert.into(RealmBillingUser) : insert.into(ServerBillingUser))
      .values(row)
      .orIgnore()
      .execute();
    const made = await this.find(tx, key);
    if (!made) throw new Error('a billing user was made and is not there');
    return made;
  }

  /** Notes a login, with what was said at it. */
  async noteLogin(tx: EntityManager, holder: Registrant, id: string, details: LoginDetails): Promise<void> {
    const changes = { ...details, lastLoginAt: this.clock.now() };
    if ('realmId' in holder) await tx.update(RealmBillingUser, { ...holder, id }, changes);
    else await tx.update(ServerBillingUser, { ...holder, id }, changes);
  }
}

/** In whatever letters it is written: nobody makes a second account by a capital. */
function sameAddress(email: string) {
  return Raw((column) => `lower(${column}) = lower(:address)`, { address: email });
}
