import { Command } from 'commander';
import { say, withDatabase } from './service-context.js';

/** `migrate`: brings the database up to date, as the service does at its start. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Apply pending migrations to the database. The service does so at every start.')
    .addHelpText('after', '\nExample:\n  push-bouncer migrate')
    .action(() => withDatabase(async () => say('The database is up to date.')));
}
