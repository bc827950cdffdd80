import { Module } from '@nestjs/common';
import { OpenPermissions } from './permission/open-permissions.js';
import { PushPermissions } from './permission/push-permission.js';

/** Who may send. */
@Module({
  providers: [{ provide: PushPermissions, useClass: OpenPermissions }],
  exports: [PushPermissions],
})
export class PlansModule {}
