import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { Settings } from './settings.js';

const LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'];

/** What the framework says of its own start is of use to its developers only. */
const FRAMEWORK = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

/** Says what stopped a start before it throws it; whoever catches that says it again. */
const START_FAILURE = 'ExceptionHandler';

class ServiceLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && FRAMEWORK.has(context)) this.verbose(message, ...rest);
    else super.log(message, ...(rest as [string]));
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== START_FAILURE) super.error(message, ...(rest as [string]));
  }

  /** Everything goes to standard output: whoever collects a log wants its lines in order. */
  protected override printMessages(...[messages, context, level, , stack, params]: PrintParameters): void {
    super.printMessages(messages, context, level, 'stdout', stack, params);
  }
}

type PrintParameters = Parameters<ConsoleLogger['printMessages']>;

/** The logger of the settings: one JSON object per line, or text for a terminal; to standard output. */
export function createLogger(settings: Settings): ConsoleLogger {
  const { level, format } = settings.log;
  const nestLevel: LogLevel = level === 'info' ? 'log' : level;
  return new ServiceLogger({
    json: format === 'json',
    colors: format === 'pretty',
    logLevels: LEVELS.slice(0, LEVELS.indexOf(nestLevel) + 1),
    ...(format === 'pretty' ? { compact: true } : {}),
  });
}
