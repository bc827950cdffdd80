import cluster from 'node:cluster';
import { Logger } from '@nestjs/common';
import { createApp } from './app.js';
import type { Settings } from './config/settings.js';
import { migrateDatabase } from './database/data-source.js';
import { openDatabase } from './database/open-database.js';
import { stopOnSignals } from './stop.js';

/** Runs the service in this process, until a signal stops it. */
export async function serve(settings: Settings): Promise<void> {
  const database = await openDatabase(settings);
  // Workers find the database migrated: the process that started them has done it.
  if (cluster.isPrimary) await migrateDatabase(database.url);
  const app = await createApp({ settings, databaseUrl: database.url });
  stopOnSignals(app, database, { supervised: cluster.isWorker });
  await app.listen(settings.http.port, settings.http.host);
  new Logger('Service').log(`listening on ${await app.getUrl()}`);
}
