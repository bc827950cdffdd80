import { Injectable } from '@nestjs/common';
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
}
