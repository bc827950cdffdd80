import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Clock, SystemClock } from '../common/clock.js';
import { SESSION_SECRETS, sessionSecrets } from './session-secrets.js';
import type { Settings } from './settings.js';

/** Injection token of the settings. */
export const SETTINGS = Symbol('SETTINGS');

/** The settings and the clock, for the whole application. */
@Global()
@Module({})
export class SettingsModule {
  static forRoot(settings: Settings, clock: Clock = new SystemClock()): DynamicModule {
    return {
      module: SettingsModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: Clock, useValue: clock },
        { provide: SESSION_SECRETS, useFactory: () => sessionSecrets(settings) },
      ],
      exports: [SETTINGS, Clock, SESSION_SECRETS],
    };
  }
}
