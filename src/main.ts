import { Logger } from '@nestjs/common';
import { createApp } from './app.js';
import { loadSettings } from './config/config.js';
import { createLogger } from './config/logging.js';
import { type Settings, SettingsError } from './config/settings.js';
import { migrateDatabase } from './database/data-source.js';
import { openDatabase } from './database/open-database.js';
import { stopOnSignals } from './stop.js';

function readSettings(): Settings {
  try {
    return loadSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`Cannot start: ${error.message}\n`);
    process.exit(78);
  }
}

const settings = readSettings();
Logger.overrideLogger(createLogger(settings));
const database = await openDatabase(settings);
await migrateDatabase(database.url);
const app = await createApp({ settings, databaseUrl: database.url });
stopOnSignals(app, database);
await app.listen(settings.http.port, settings.http.host);
new Logger('Service').log(`listening on ${await app.getUrl()}`);
