import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import { installOpenApi } from './app.openapi.js';
import { Clock } from './common/clock.js';
import { createLogger } from './config/logging.js';
import { SESSION_SECRETS } from './config/session-secrets.js';
import type { Settings } from './config/settings.js';
import { installAllowedMethods } from './protocol/allowed-methods.hook.js';
import { installApiHeaders } from './protocol/api-headers.hook.js';
import { answerBrokenConnection } from './protocol/broken-connection.js';
import { ErrorFilter } from './protocol/error.filter.js';
import { HeldAnswers } from './protocol/held-answers.hook.js';
import { installOwnBody } from './protocol/own-body.hook.js';
import { installRequestLog } from './protocol/request-log.hook.js';
import { RequestsInFlight } from './protocol/requests-in-flight.js';
import { answerUnroutable, installTolerance } from './protocol/unroutable.js';
import { EarlyRefusals, installEarlyRefusals } from './registration/servers/early-refusals.js';
import { installBrowser } from './sessions/browser.js';
import { ErrorPages } from './sessions/pages/error-pages.js';
import { PageRenderer } from './sessions/pages/page-renderer.js';

/** What differs between the service and a test of it. */
export interface AppOptions {
  readonly settings: Settings;
  readonly databaseUrl: string;
  readonly clock?: Clock;
  /** Milliseconds within which a request must have arrived whole. Clients send uploads for 90 s at most. */
  readonly requestTimeout?: number;
}

/** The largest upload of a real server is about 7 MB; the protocol promises 25 MiB. */
const BODY_LIMIT = 25 * 1024 * 1024;

/** Builds the whole application, ready to listen: production and tests call this one function. */
export async function createApp(options: AppOptions): Promise<NestFastifyApplication> {
  const { settings, databaseUrl, clock, requestTimeout = 120_000 } = options;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    requestTimeout,
    http: {
      // How often Node looks for connections over their time; its default of 30 s would stretch the limit.
      connectionsCheckingInterval: Math.min(5_000, requestTimeout),
      // Node takes the smaller of the two limits for the headers, whichever it was meant for.
      headersTimeout: Math.min(60_000, requestTimeout),
      requireHostHeader: false,
    },
    frameworkErrors: answerUnroutable,
    trustProxy: settings.http.trustProxy.length > 0 ? [...settings.http.trustProxy] : false,
    genReqId: () => randomUUID(),
    clientErrorHandler: answerBrokenConnection,
    // Links to plan management carry a signed token.
    routerOptions: { maxParamLength: 4_000 },
  });
  const fastify = adapter.getInstance();
  // Every body is taken as bytes: the protocol's endpoints decide what it is, whatever its header says.
  fastify.removeAllContentTypeParsers();
  // The usual types are named, since what only the wildcard matches is looked up anew for each request.
  const types = ['application/json', 'application/x-www-form-urlencoded', '*'];
  fastify.addContentTypeParser(types, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  installApiHeaders(fastify);
  installTolerance(fastify);
  installAllowedMethods(fastify);
  installRequestLog(fastify, settings.log.level === 'debug' || settings.log.level === 'verbose');
  installOwnBody(fastify);
  const inFlight = new RequestsInFlight();
  inFlight.install(fastify);
  const heldAnswers = new HeldAnswers(settings.push.retryLaterHold);
  heldAnswers.install(fastify);
  let earlyRefusals: EarlyRefusals | undefined;
  installEarlyRefusals(fastify, heldAnswers, () => earlyRefusals);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot({ settings, databaseUrl, inFlight, heldAnswers, ...(clock ? { clock } : {}) }),
    adapter,
    {
      bodyParser: false,
      logger: createLogger(settings),
      abortOnError: false,
    },
  );
  await installBrowser(fastify, {
    settings,
    secrets: app.get<readonly string[]>(SESSION_SECRETS),
    clock: app.get(Clock),
    database: app.get(DataSource),
  });
  app.useGlobalFilters(new ErrorFilter(new ErrorPages(app.get(PageRenderer))));
  installOpenApi(app, settings);
  await app.init();
  earlyRefusals = app.get(EarlyRefusals);
  await fastify.ready();
  return app;
}
