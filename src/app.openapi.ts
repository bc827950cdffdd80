import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { Settings } from './config/settings.js';

/** Serves the description of the API at `/api/docs`, and as JSON at `/api/docs-json`. */
export function installOpenApi(app: NestFastifyApplication, settings: Settings): void {
  const config = new DocumentBuilder()
    .setTitle('Push Bouncer')
    .setDescription(
      'Forwards mobile push notifications from self-hosted Zulip servers to Apple and Google. Every answer is JSON with `result` ' +
        'and `msg`; an error also carries `code`.',
    )
    .setVersion('1')
    .addServer(settings.http.publicUrl)
    .addBasicAuth({ type: 'http', scheme: 'basic', description: "The server's UUID and key" }, 'server')
    .build();
  SwaggerModule.setup('api/docs', app, () => SwaggerModule.createDocument(app, config));
}
