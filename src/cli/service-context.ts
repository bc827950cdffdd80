import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loadSettings } from '../config/config.js';
import { SettingsModule } from '../config/settings.module.js';
import { migrateDatabase } from '../database/data-source.js';
import { DatabaseModule } from '../database/database.module.js';
import { openDatabase } from '../database/open-database.js';
import { OperatorAccountsModule } from '../operators/accounts/operator-accounts.module.js';
import { PlansModule } from '../plans/plans.module.js';
import { RegistrationModule } from '../registration/registration.module.js';

/** What commands work with: no port, no push providers, no periodic work. */
@Module({})
class CommandModule {}

/**
 * Runs a command's work on the database of the settings, migrated, with the services that the running service has. An embedded
 * database is joined, or started and stopped again.
 *
 * @throws SettingsError for a wrong setting
 */
export async function withServices(work: (services: INestApplicationContext) => Promise<void>): Promise<void> {
  await withDatabase(async (databaseUrl) => {
    // Commands make no requests that a limit could count.
    const settings = { ...loadSettings(), redis: {} };
    const module = {
      module: CommandModule,
      imports: [
        SettingsModule.forRoot(settings),
        DatabaseModule.forRoot(databaseUrl),
        RegistrationModule,
        PlansModule,
        OperatorAccountsModule,
      ],
    };
    const services = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    try {
      await work(services);
    } finally {
      await services.close();
    }
  });
}

/** Runs work with the URL of the database of the settings, migrated. */
export async function withDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const database = await openDatabase(loadSettings());
  try {
    await migrateDatabase(database.url);
    await work(database.url);
  } finally {
    await database.close();
  }
}

/** One line of a command's output. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
