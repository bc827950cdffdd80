import type { LoggerService } from '@nestjs/common';
import type { GuardedApp } from './dead-token-guard.js';

/** Tells an operator when dead tokens of an app are no longer believed, and when they are again. */
export function logAlarm(logger: LoggerService): (app: GuardedApp) => void {
  return ({ provider, app: name, sends, dead, stopped }) => {
    // Servers choose the name: what does not look like one is not repeated.
    const app = /^[A-Za-z0-9.-]{1,155}$/.test(name) ? name : 'unreadable';
    if (stopped) {
      logger.error(
        'nearly all tokens of an app are called dead: none is deleted until that ends; check key, topic and environment',
        { provider, app, sends, dead },
      );
    } else {
      logger.log('tokens of an app live again: dead ones are deleted as usual', { provider, app, sends, dead });
    }
  };
}
