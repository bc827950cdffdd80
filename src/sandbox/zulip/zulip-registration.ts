import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { makeOrgKey } from './zulip-database.js';
import type { ZulipParts } from './zulip-parts.js';

const PATH = '/api/v1/remotes/server';

const anything = z.looseObject({});
const registered = z.looseObject({ created: z.boolean() });
const prepared = z.looseObject({ verification_secret: z.string() });
const verified = z.looseObject({ zulip_org_id: z.string(), zulip_org_key: z.string() });

/** Serves a verification secret at `/api/v1/zulip-services/verify/TOKEN/` of the server's host. */
export type ServeSecret = (accessToken: string, secret: string) => void;

/** The part of a Zulip server that administrators run by hand: its registration at the push service. */
export class ZulipRegistration {
  constructor(private readonly parts: ZulipParts) {}

  /** The registration command; a new key is kept once the service has taken it. */
  async register(rotateKey: boolean): Promise<{ readonly created: boolean }> {
    const { client, database, hostname, contactEmail } = this.parts;
    const newKey = rotateKey ? makeOrgKey() : undefined;
    const fields = {
      zulip_org_id: database.credentials.orgId,
      zulip_org_key: database.credentials.orgKey,
      hostname,
      contact_email: contactEmail,
      new_org_key: newKey,
    };
    const { created } = await client.form(`${PATH}/register`, fields, registered);
    if (newKey && !created) database.credentials = { ...database.credentials, orgKey: newKey };
    return { created };
  }

  /** Takes over the registration of this host name: proves to be that host, and gets a new key. */
  async transfer(serve: ServeSecret): Promise<void> {
    const { client, database, hostname } = this.parts;
    const { verification_secret: secret } = await client.form(`${PATH}/register/transfer`, { hostname }, prepared);
    const accessToken = randomBytes(32).toString('base64url');
    serve(accessToken, secret);
    const fields = { hostname, access_token: accessToken };
    const answer = await client.form(`${PATH}/register/verify_challenge`, fields, verified);
    database.credentials = { orgId: answer.zulip_org_id, orgKey: answer.zulip_org_key };
  }

  async deactivate(): Promise<void> {
    const { client, database } = this.parts;
    await client.json(`${PATH}/deactivate`, {}, anything, database.credentials);
  }
}
