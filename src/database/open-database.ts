import { resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import type { Settings } from '../config/settings.js';
import { startEmbeddedPostgres } from './embedded/embedded-postgres.js';

/** A database that is there, and how to let go of it. */
export interface OpenDatabase {
  readonly url: string;
  close(): Promise<void>;
}

/** The database of the settings: the one at `DATABASE_URL`, or an embedded PostgreSQL that is started for it. */
export async function openDatabase(settings: Settings): Promise<OpenDatabase> {
  const { url, dataDir } = settings.database;
  if (url) return { url, close: () => Promise.resolve() };
  const logger = new Logger('EmbeddedPostgres');
  const embedded = await startEmbeddedPostgres({ dataDir: resolve(dataDir), log: (line) => logger.debug(line) });
  return { url: embedded.url, close: () => embedded.stop() };
}
