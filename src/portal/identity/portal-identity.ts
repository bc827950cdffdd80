/** Kinds of what a plan belongs to: an organization, or a whole server. */
export type EntityKind = 'realm' | 'server';

/** How the customer's server is reached; it says so itself. */
export type UriScheme = 'http://' | 'https://';

/** Whom a browser was admitted as. Kept in its session. */
export interface PortalIdentity {
  /** `remote_realm:<uuid>` or `remote_server:<uuid>`: the one entity that it opens. */
  readonly key: string;
  readonly serverUuid: string;
  /** Null while only the server's key was shown, and nobody has confirmed an e-mail address. */
  readonly billingUserId: string | null;
  /** When the login began, milliseconds since the Unix epoch. Its end is counted from here, however busy the session is. */
  readonly authenticatedAt: number;
  /** Changes with the server's key. */
  readonly keyMark: string;
  /** Of a realm: where to log in again. */
  readonly uriScheme?: UriScheme;
}

declare module 'fastify' {
  interface Session {
    /** One for each browser: logging in to another entity ends it. */
    portalIdentity?: PortalIdentity;
  }
}

/** How long an identity is good, milliseconds: somebody who loses their rights at the customer's server must not keep access for long. */
export const IDENTITY_LIFETIME = 2 * 60 * 60 * 1_000;

export function identityKey(kind: EntityKind, uuid: string): string {
  return `remote_${kind}:${uuid}`;
}
