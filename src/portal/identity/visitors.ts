import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { BillingUsers } from '../../plans/customers/billing-users.js';
import { type NavigationLink, surround } from '../../sessions/pages/page-renderer.js';
import type { PortalEntity } from './current-entity.js';
import { type FoundEntity, PortalEntities } from './portal-entities.js';
import { type EntityKind, IDENTITY_LIFETIME, identityKey, type UriScheme } from './portal-identity.js';

/** What a browser may do with one server or realm. */
export type Standing =
  /** Was never admitted, as far as the session knows. */
  | { readonly kind: 'stranger' }
  /** Was admitted, and is no more: time is up, the server has a new key, or the billing user is gone. */
  | { readonly kind: 'expired'; readonly found: FoundEntity; readonly uriScheme: UriScheme }
  | { readonly kind: 'deactivated' }
  /** Has shown the server's key, and not yet confirmed an e-mail address. */
  | { readonly kind: 'partial'; readonly found: FoundEntity }
  | { readonly kind: 'admitted'; readonly entity: PortalEntity };

/** What a new identity is made of. */
export interface Admission {
  readonly billingUserId: string | null;
  /** When the login began, milliseconds since the Unix epoch; now, unless said otherwise. */
  readonly authenticatedAt?: number;
  readonly uriScheme?: UriScheme;
}

/** Who is there: the identities in the browsers' sessions, looked up anew with each request. */
@Injectable()
export class Visitors {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(PortalEntities) private readonly entities: PortalEntities,
    @Inject(BillingUsers) private readonly users: BillingUsers,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Admits a browser, in a new session: whatever it was admitted to before is over. */
  async admit(request: FastifyRequest, found: FoundEntity, admission: Admission): Promise<void> {
    await request.session.regenerate();
    request.session.portalIdentity = {
      key: identityKey(found.kind, found.uuid),
      serverUuid: found.serverUuid,
      billingUserId: admission.billingUserId,
      authenticatedAt: admission.authenticatedAt ?? this.clock.millis(),
      keyMark: found.keyMark,
      ...(admission.uriScheme ? { uriScheme: admission.uriScheme } : {}),
    };
  }

  /** How the browser stands towards a server or realm. @param uuid canonical */
  async standing(request: FastifyRequest, kind: EntityKind, uuid: string): Promise<Standing> {
    const identity = request.session?.portalIdentity;
    if (!identity || identity.key !== identityKey(kind, uuid)) return { kind: 'stranger' };
    const found = await this.entities.find(kind, uuid);
    if (!found || found.serverUuid !== identity.serverUuid) return { kind: 'stranger' };
    const expired = { kind: 'expired', found, uriScheme: identity.uriScheme ?? 'https://' } as const;
    const age = this.clock.millis() - identity.authenticatedAt;
    if (age >= IDENTITY_LIFETIME || found.keyMark !== identity.keyMark) return expired;
    if (found.isDeactivated) return { kind: 'deactivated' };
    if (identity.billingUserId === null) return { kind: 'partial', found };
    const user = await this.users.byId(this.database.manager, found.holder, identity.billingUserId);
    return user?.isActive ? { kind: 'admitted', entity: entityOf(found, user) } : expired;
  }

  /** The server or realm, where the browser may see its pages; for pages that can also be seen without a login. */
  async entityOf(request: FastifyRequest, kind: EntityKind, uuid: string): Promise<PortalEntity | undefined> {
    const standing = await this.standing(request, kind, uuid);
    return standing.kind === 'admitted' ? standing.entity : undefined;
  }

  /** Puts navigation, name and log-out around the pages of this request. */
  surround(request: FastifyRequest, { kind, base, name, host, billingUser }: PortalEntity): void {
    const links: NavigationLink[] = [
      { address: `${base}/plans/`, label: 'Plans' },
      { address: `${base}/billing/`, label: 'Billing' },
      { address: `${base}/sponsorship/`, label: 'Sponsorship' },
      { address: `${base}/push-status/`, label: 'Push status' },
    ];
    if (kind === 'server') links.push({ address: `${base}/deactivate/`, label: 'Deactivate' });
    const called = name === host ? host : `${name} (${host})`;
    surround(request, {
      navigation: links,
      identity: `${called}, logged in as ${billingUser.email}`,
      logOutAddress: '/logout/',
    });
  }
}

function entityOf(
  { isDeactivated: _, keyMark: __, ...found }: FoundEntity,
  user: { readonly id: string; readonly email: string; readonly fullName: string },
): PortalEntity {
  return {
    ...found,
    base: `/${found.kind}/${found.uuid}`,
    billingUser: { id: user.id, email: user.email, name: user.fullName },
    actor: { billingUserId: user.id },
  };
}
