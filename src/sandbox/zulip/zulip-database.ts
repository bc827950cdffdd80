import { randomBytes, randomUUID } from 'node:crypto';
import type { BouncerCredentials } from './bouncer-client.js';
import { EncryptedDevices } from './encrypted-devices.js';
import { PushStatus } from './push-status.js';
import { ZulipDevices } from './zulip-devices.js';
import type { ZulipRealm } from './zulip-payloads.js';
import { ZulipRecords } from './zulip-records.js';

/** An organization as only its own server knows it. */
export interface OwnRealm extends ZulipRealm {
  /** Proves to the service whose it is. */
  readonly ownerSecret: string;
  readonly createdAt: Date;
  readonly isSystemBotRealm: boolean;
}

/** Everything a Zulip server keeps. It outlives an upgrade of the server. */
export class ZulipDatabase {
  credentials: BouncerCredentials;
  /** The organization with the users. */
  readonly realm: OwnRealm;
  /** All organizations; the first is that of Zulip's own bots, which every server has. */
  readonly realms: readonly OwnRealm[];
  readonly devices = new ZulipDevices();
  readonly encryptedDevices = new EncryptedDevices();
  readonly pushStatus = new PushStatus();
  readonly records: ZulipRecords;

  constructor(hostname: string, now: Date, given: { credentials?: BouncerCredentials; realm?: ZulipRealm } = {}) {
    this.credentials = given.credentials ?? { orgId: randomUUID(), orgKey: makeOrgKey() };
    const url = `https://${hostname}`;
    const realm = given.realm ?? { id: 2, uuid: randomUUID(), name: 'Sandbox', url };
    const botRealm = {
      id: 1,
      uuid: randomUUID(),
      name: 'System bots',
      url: `https://zulipinternal.${hostname}`,
    };
    this.realm = ownRealm(realm, false, now);
    this.realms = [ownRealm(botRealm, true, now), this.realm];
    this.records = new ZulipRecords(now);
  }
}

/** 64 characters, the length Zulip makes. */
export function makeOrgKey(): string {
  return randomBytes(32).toString('hex');
}

function ownRealm(realm: ZulipRealm, isSystemBotRealm: boolean, createdAt: Date): OwnRealm {
  return { ...realm, ownerSecret: `zuliprealm_${randomBytes(16).toString('hex')}`, createdAt, isSystemBotRealm };
}
