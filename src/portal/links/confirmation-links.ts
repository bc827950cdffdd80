import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, IsNull, LessThan } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { keyDigest } from '../../common/key-digest.js';
import { LINK_KEY_LENGTH, newLinkKey } from '../../common/link-key.js';
import type { Settings } from '../../config/settings.js';
import { SETTINGS } from '../../config/settings.module.js';
import type { FoundEntity } from '../identity/portal-entities.js';
import type { EntityKind, UriScheme } from '../identity/portal-identity.js';
import { PortalLink } from './portal-link.entity.js';

/** What a link is made for. */
export interface NewLink {
  readonly entity: FoundEntity;
  readonly email: string;
  readonly nextPage?: string | undefined;
  readonly lifeMinutes: number;
  /** Of a realm: the user that its server vouches for. */
  readonly user?: { readonly uuid: string; readonly fullName: string; readonly uriScheme: UriScheme };
}

/** What came of looking a key up: what the link is for, or why it is none. */
export type LinkLookup = { readonly link: PortalLink } | { readonly problem: 'malformed' | 'unknown' | 'expired' };

/** Of keys in the links of other versions of this service. */
const OLD_KEY_LENGTH = 40;
/** So long it is remembered that there was such a link, to tell those who come late from those who mistyped. */
const REMEMBERED = 30 * 24 * 60 * 60 * 1_000;

/** Where the links of each kind lead. */
const PATHS: Readonly<Record<EntityKind, string>> = {
  server: '/serverlogin/do_confirm/',
  realm: '/remote-billing-login/do_confirm/',
};

/**
 * The links that are mailed to people who log in. Of their keys only digests are kept. Opening one changes nothing, since mail
 * scanners do that too; a form on the page goes on.
 */
@Injectable()
export class ConfirmationLinks {
  private readonly origin: string;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.origin = settings.http.portalUrl;
  }

  /** A new link, in the caller's transaction: its address. */
  async create(tx: EntityManager, { entity, email, nextPage, lifeMinutes, user }: NewLink): Promise<string> {
    const now = this.clock.now();
    await tx.delete(PortalLink, { expiresAt: LessThan(new Date(now.getTime() - REMEMBERED)) });
    const key = newLinkKey();
    await tx.insert(PortalLink, {
      kind: entity.kind,
      keyDigest: keyDigest(key),
      serverId: entity.serverId,
      realmId: 'realmId' in entity.holder ? entity.holder.realmId : null,
      email,
      userUuid: user?.uuid ?? null,
      fullName: user?.fullName ?? '',
      uriScheme: user?.uriScheme ?? null,
      nextPage: nextPage ?? null,
      createdAt: now,
      expiresAt: new Date(now.getTime() + lifeMinutes * 60_000),
    });
    return `${this.origin}${PATHS[entity.kind]}${key}`;
  }

  /** What the key of a link stands for. */
  async find(kind: EntityKind, key: string): Promise<LinkLookup> {
    if (key.length !== LINK_KEY_LENGTH && key.length !== OLD_KEY_LENGTH) return { problem: 'malformed' };
    const link = await this.database.manager.findOneBy(PortalLink, { kind, keyDigest: keyDigest(key) });
    if (!link) return { problem: 'unknown' };
    const isOver = link.expiresAt <= this.clock.now() || link.usedAt !== null;
    return isOver ? { problem: 'expired' } : { link };
  }

  /** Uses a link up, in the caller's transaction; false where somebody was faster. */
  async use(tx: EntityManager, { id }: PortalLink): Promise<boolean> {
    const { affected } = await tx.update(PortalLink, { id, usedAt: IsNull() }, { usedAt: this.clock.now() });
    return affected === 1;
  }
}
