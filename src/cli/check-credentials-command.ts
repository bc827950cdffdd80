import type { INestApplicationContext } from '@nestjs/common';
import { Command } from 'commander';
import { Clock } from '../common/clock.js';
import type { Settings } from '../config/settings.js';
import { SETTINGS } from '../config/settings.module.js';
import { HotPool } from '../database/hot-pool.js';
import { checkCredentials } from '../push/credential-check/credential-check.js';
import { CommandError } from './command-error.js';
import { say, withServices } from './service-context.js';

/** `check-credentials`: whether Apple and Google would take messages. */
export function checkCredentialsCommand(): Command {
  return new Command('check-credentials')
    .description(
      'See whether Apple and Google take messages with the credentials of the settings, and whether the clock is right. Nothing is ' +
        'sent to any device.',
    )
    .option('--app-id <id>', 'the app on Apple devices, by its bundle id', 'org.zulip.Zulip')
    .addHelpText('after', '\nExample:\n  push-bouncer check-credentials --app-id org.zulip.Zulip')
    .action(({ appId }: { appId: string }) => withServices((services) => check(services, appId)));
}

async function check(services: INestApplicationContext, appId: string): Promise<void> {
  const findings = await checkCredentials({
    settings: services.get<Settings>(SETTINGS),
    clock: services.get(Clock),
    pool: services.get(HotPool),
    appId,
  });
  const marks = { good: 'ok', bad: 'FAILED', unknown: '-' };
  for (const { what, state, words } of findings) say(`${what}\t${marks[state]}\t${words}`);
  const bad = findings.filter(({ state }) => state === 'bad').map(({ what }) => what);
  if (bad.length > 0) throw new CommandError(`not in order: ${bad.join(', ')}`);
  if (!findings.some(({ what, state }) => what !== 'Clock' && state === 'good')) {
    throw new CommandError('there are no credentials to check');
  }
}
