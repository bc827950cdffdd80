import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RegistrationModule } from '../registration/registration.module.js';
import { Device } from './device.entity.js';
import { DeviceCleaner } from './device-cleaner.js';
import { DeviceCounts } from './device-counts.js';
import { DevicesController } from './devices.controller.js';
import { DevicesService } from './devices.service.js';
import { EncryptedDevice } from './encrypted-device.entity.js';
import { EncryptedDevices } from './encrypted-devices.js';
import { EncryptedTargetLookup } from './encrypted-target-lookup.js';
import { TargetLookup } from './target-lookup.js';

/** Entities of this module, for the comparison of code and schema. */
export const deviceEntities = [Device, EncryptedDevice] as const;

/** The devices that pushes go to. */
@Module({
  imports: [TypeOrmModule.forFeature([...deviceEntities]), RegistrationModule],
  controllers: [DevicesController],
  providers: [DevicesService, TargetLookup, DeviceCleaner, DeviceCounts, EncryptedDevices, EncryptedTargetLookup],
  exports: [DevicesService, TargetLookup, DeviceCleaner, DeviceCounts, EncryptedDevices, EncryptedTargetLookup],
})
export class DevicesModule {}
