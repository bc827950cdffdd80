import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenDatabase } from './database/open-database.js';
import { Readiness } from './health/readiness.js';
import { HeldAnswers } from './protocol/held-answers.hook.js';
import { RequestsInFlight } from './protocol/requests-in-flight.js';

/** Requests in flight get this long to finish. */
const GRACE_MILLIS = 15_000;

/**
 * Stops the service on SIGTERM and SIGINT: readiness goes to 503 while requests in flight finish, then connections close, the
 * database last; exit 0. A second signal ends it at once.
 *
 * @param supervised by a process that passes signals on: then only SIGTERM counts, and once. A terminal and some supervisors send theirs
 *   to all processes, so each comes twice.
 */
export function stopOnSignals(app: NestFastifyApplication, database: OpenDatabase, { supervised = false } = {}): void {
  const logger = new Logger('Service');
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping && supervised) return;
    if (stopping) process.exit(1);
    stopping = true;
    logger.log('stopping: finishing the requests in flight');
    app.get(Readiness).stop();
    app.get(HeldAnswers).releaseAll();
    const finished = await app.get(RequestsInFlight).drain(GRACE_MILLIS);
    if (!finished) {
      logger.warn('some requests did not finish in time; cutting them off');
      app.getHttpServer().closeAllConnections();
    }
    await app.close();
    await database.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void (supervised || stop()));
}
