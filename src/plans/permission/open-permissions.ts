import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type PushPermission, PushPermissions } from './push-permission.js';

const GRANTED: PushPermission = {
  canPush: true,
  expectedEndTimestamp: null,
  reason: 'No plan few users',
  serverFeatureLevel: null,
};

/** Lets everybody send: there are no plans and no user counts yet that could say otherwise. */
@Injectable()
export class OpenPermissions extends PushPermissions {
  override of(): Promise<PushPermission> {
    return Promise.resolve(GRANTED);
  }

  override ofRealms(_tx: EntityManager, _serverId: string, realmIds: readonly string[]) {
    return Promise.resolve(new Map(realmIds.map((id) => [id, GRANTED])));
  }

  override refresh(): Promise<void> {
    return Promise.resolve();
  }
}
