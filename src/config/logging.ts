import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { Settings } from './settings.js';

const LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];

/** The logger of the settings: one JSON object per line, or text for a terminal; to standard output. */
export function createLogger(settings: Settings): ConsoleLogger {
  const { level, format } = settings.log;
  const nestLevel: LogLevel = level === 'info' ? 'log' : level;
  return new ConsoleLogger({
    json: format === 'json',
    colors: format === 'pretty',
    logLevels: LEVELS.slice(0, LEVELS.indexOf(nestLevel) + 1),
    ...(format === 'pretty' ? { compact: true } : {}),
  });
}
