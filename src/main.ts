import cluster from 'node:cluster';
import { Logger } from '@nestjs/common';
import { serveWithWorkers } from './cluster.js';
import { loadSettings } from './config/config.js';
import { createLogger } from './config/logging.js';
import { SettingsError } from './config/settings.js';
import { serve } from './serve.js';

/** EX_CONFIG of sysexits.h: a supervisor need not try again before somebody has changed a setting. */
const EX_CONFIG = 78;

try {
  const settings = loadSettings();
  Logger.overrideLogger(createLogger(settings));
  if (settings.http.workers > 1 && cluster.isPrimary) await serveWithWorkers(settings);
  else await serve(settings);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`Cannot start: ${error.message}\n`);
  process.exit(EX_CONFIG);
}
